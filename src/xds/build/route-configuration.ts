import {
  HeaderValueOption_HeaderAppendAction as HeaderAppendAction,
  type HeaderValueOption,
} from "../../gen/envoy/config/core/v3/base.ts";
import { RouteConfiguration } from "../../gen/envoy/config/route/v3/route.ts";
import { conformanceServedHeader, staticClusters } from "../../lib/wire.ts";
import type { Origin, PortIr } from "../../model/ir.ts";
import { originKey, routeConfigurationName } from "../names.ts";
import type { XdsResource } from "../snapshot.ts";
import { concatenate, frame } from "./concatenate.ts";
import type { BuildOptions } from "./options.ts";
import { makeResource } from "./resource.ts";
import type { EncodedVirtualHost } from "./virtual-host.ts";

const virtualHostsField = 2;
/** Envoy's default for the longest direct response; a longer one needs a limit of its own. */
const defaultDirectBody = 4096;

const served: HeaderValueOption = {
  header: { key: conformanceServedHeader, value: "%UPSTREAM_REMOTE_ADDRESS%" },
  // A picker that is not ours says it too.
  appendAction: HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
};

export function buildRouteConfiguration(
  port: PortIr,
  virtualHosts: readonly EncodedVirtualHost[],
  gateway: Origin,
  { pod, conformance = false }: BuildOptions,
): XdsResource {
  const name = routeConfigurationName(port);
  const longestBody = Math.max(0, ...virtualHosts.map((virtualHost) => virtualHost.longestBody));
  const head = RouteConfiguration.encode({
    name,
    ignorePortInHostMatching: true,
    responseHeadersToAdd: conformance ? [served] : [],
    ...(longestBody > defaultDirectBody ? { maxDirectResponseBodySizeBytes: longestBody } : {}),
  }).finish();
  const body = concatenate([head, ...virtualHosts.map((virtualHost) => frame(virtualHostsField, virtualHost.body))]);
  return makeResource(name, body, {
    origins: [originKey(gateway), ...virtualHosts.flatMap(({ origins }) => [...origins])],
    needs: [
      ...virtualHosts.flatMap(({ needs }) => [...needs]),
      ...(pod === undefined ? [] : [staticClusters.picker, staticClusters.accessLog]),
    ],
  });
}
