import type { HeaderValue } from "../../../gen/envoy/config/core/v3/base.ts";
import {
  type ExtProcOverrides,
  ExtProcPerRoute,
} from "../../../gen/envoy/extensions/filters/http/ext_proc/v3/ext_proc.ts";
import { maxBodyBytes, streamMetadata, toMetadata } from "../../../lib/wire.ts";
import type { ClusterKey, PoolUseIr } from "../../../model/ir.ts";
import { type AnyByName, pack } from "../any.ts";
import { filterNames } from "../filter-names.ts";
import { externalPickerRouteFilters } from "./external-picker.ts";
import { pickerService } from "./filters.ts";
import { limitBody } from "./limit-body.ts";
import { toPicker } from "./processing-mode.ts";
import { usageRouteFilters } from "./token-usage.ts";

export interface PoolRoute {
  readonly pool: PoolUseIr;
  readonly cluster: ClusterKey;
  /** How long the route lets a request wait; 0 or undefined: it sets no limit. */
  readonly waitMs: number | undefined;
  /** Never more than the gateway holds of any request. */
  readonly bodyLimitBytes: number | undefined;
}

/** typed_per_filter_config of a route to the pool, or of the pool's share of a weighted one. */
export function poolRouteFilters(route: PoolRoute): AnyByName {
  const { pool, bodyLimitBytes } = route;
  return {
    // A body in full duplex is not held here: it comes back from the picker.
    ...(pool.picker?.chain === "full-duplex"
      ? limitBody(bodyLimitBytes)
      : limitBody(Math.min(bodyLimitBytes ?? maxBodyBytes, maxBodyBytes))),
    ...(pool.picker === undefined ? builtInPicker(route) : externalPickerRouteFilters(pool, pool.picker)),
    ...(pool.tokenUsage === true ? usageRouteFilters() : {}),
  };
}

function builtInPicker(route: PoolRoute): AnyByName {
  return {
    [filterNames.extProc]: pack(ExtProcPerRoute, { override: { $case: "overrides", value: overrides(route) } }),
  };
}

function overrides({ pool, cluster, waitMs }: PoolRoute): ExtProcOverrides {
  return {
    processingMode: toPicker(pool.bodyToPicker),
    grpcInitialMetadata: metadata({
      [streamMetadata.pool]: pool.pool,
      [streamMetadata.cluster]: cluster,
      [streamMetadata.body]: pool.bodyToPicker ? "1" : "0",
      ...(waitMs === undefined ? {} : { [streamMetadata.routeTimeoutMs]: String(waitMs) }),
      ...(pool.objective === undefined ? {} : { [streamMetadata.objective]: toMetadata(pool.objective) }),
      ...(pool.fairnessId === undefined ? {} : { [streamMetadata.fairnessId]: toMetadata(pool.fairnessId) }),
    }),
    failureModeAllow: pool.failOpen,
    ...(pool.failOpen ? { grpcService: pickerService({ retries: 2 }) } : {}),
  };
}

function metadata(values: Readonly<Record<string, string>>): HeaderValue[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}
