/**
 * Pickers that are not ours, by a filter of their own: how they change headers, what they hear of answers and what they
 * are told cannot be said per route. A route says where the picker is and in which of two ways it answers.
 */

import type { HeaderMutation as Mutation } from "../../../gen/envoy/config/common/mutation_rules/v3/mutation_rules.ts";
import { HeaderValueOption_HeaderAppendAction as Append } from "../../../gen/envoy/config/core/v3/base.ts";
import type { GrpcService } from "../../../gen/envoy/config/core/v3/grpc_service.ts";
import { ExternalProcessor, ExtProcPerRoute } from "../../../gen/envoy/extensions/filters/http/ext_proc/v3/ext_proc.ts";
import {
  HeaderMutation,
  HeaderMutationPerRoute,
} from "../../../gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation.ts";
import type { HttpFilter } from "../../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import { clientClaimHeaders, destination, fairnessHeaders, objectiveHeaders } from "../../../lib/wire.ts";
import type { ExternalPickerIr, PoolUseIr, RouteIr } from "../../../model/ir.ts";
import { type AnyByName, pack } from "../any.ts";
import { filterNames } from "../filter-names.ts";
import { literalFormat } from "../header-mutation.ts";
import { anyPicker, pickerService } from "./filters.ts";
import { nothingToPicker, toExternalPicker } from "./processing-mode.ts";

/** Both disabled, as all that only some routes need. */
export function externalPickerFilters(): HttpFilter[] {
  return [
    {
      name: filterNames.toldToExternalPicker,
      disabled: true,
      configType: { $case: "typedConfig", value: pack(HeaderMutation, {}) },
    },
    {
      name: filterNames.externalPicker,
      disabled: true,
      configType: { $case: "typedConfig", value: pack(ExternalProcessor, externalProcessor) },
    },
  ];
}

const externalProcessor: ExternalProcessor = {
  ...anyPicker,
  // Each route names its own.
  grpcService: pickerService({ retries: 0 }),
  metadataOptions: {
    // Where it says its choice, and where it is told which server served.
    receivingNamespaces: { untyped: [destination.namespace] },
    forwardingNamespaces: { untyped: [destination.namespace] },
  },
};

/** typed_per_filter_config of a route to the pool, or of the pool's share of a weighted one. */
export function externalPickerRouteFilters(pool: PoolUseIr, picker: ExternalPickerIr): AnyByName {
  const mutations = told(pool, picker);
  return {
    ...(mutations.length === 0
      ? {}
      : {
          [filterNames.toldToExternalPicker]: pack(HeaderMutationPerRoute, {
            mutations: { requestMutations: mutations },
          }),
        }),
    [filterNames.externalPicker]: pack(ExtProcPerRoute, {
      override: {
        $case: "overrides",
        value: {
          processingMode: toExternalPicker[picker.chain],
          grpcService: externalService(picker, pool.failOpen),
          failureModeAllow: pool.failOpen,
        },
      },
    }),
  };
}

/** Nobody brings it back at once, so what would wait for it is answered soon. */
function externalService({ cluster, authority }: ExternalPickerIr, failOpen: boolean): GrpcService {
  // Not on "internal": that is how pickers say that they have no server for the request.
  const retryOn = "connect-failure,refused-stream,unavailable,reset,reset-before-request";
  const service = pickerService({ retries: failOpen ? 2 : 6 });
  return {
    ...service,
    targetSpecifier: { $case: "envoyGrpc", value: { clusterName: cluster, authority } },
    retryPolicy: { ...service.retryPolicy, retryOn },
  };
}

/** The headers of a route are changed after all filters, too late for a picker that reads them; so these come before. */
function told({ objective, fairnessId }: PoolUseIr, { believes }: ExternalPickerIr): Mutation[] {
  return [
    ...(believes.objective ? setEach(objectiveHeaders, `%REQ(${clientClaimHeaders.objective})%`) : []),
    ...(believes.fairnessId ? setEach(fairnessHeaders, `%REQ(${clientClaimHeaders.fairnessId})%`) : []),
    ...(objective === undefined ? [] : setEach(objectiveHeaders, literalFormat(objective))),
    ...(fairnessId === undefined ? [] : setEach(fairnessHeaders, literalFormat(fairnessId))),
  ];
}

/** Pickers of different age know them by different names. */
function setEach(names: readonly string[], value: string): Mutation[] {
  return names.map((key) => ({
    action: {
      $case: "append",
      value: { appendAction: Append.OVERWRITE_IF_EXISTS_OR_ADD, header: { key, value } },
    },
  }));
}

/** For a virtual host whose requests find their route after their body was read: there, and without effect. */
export function inertExternalPickerFilters(): AnyByName {
  return {
    [filterNames.toldToExternalPicker]: pack(HeaderMutationPerRoute, {}),
    [filterNames.externalPicker]: pack(ExtProcPerRoute, {
      override: { $case: "overrides", value: { processingMode: nothingToPicker } },
    }),
  };
}

export function asksExternalPicker({ action }: RouteIr): boolean {
  return (
    action.kind === "forward" &&
    action.backends.some(({ target }) => target.kind === "cluster" && target.pool?.picker !== undefined)
  );
}
