import { RouteConfiguration } from "../../gen/envoy/config/route/v3/route.ts";
import { staticClusters } from "../../lib/wire.ts";
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

export function buildRouteConfiguration(
  port: PortIr,
  virtualHosts: readonly EncodedVirtualHost[],
  gateway: Origin,
  { pod }: BuildOptions,
): XdsResource {
  const name = routeConfigurationName(port);
  const longestBody = Math.max(0, ...virtualHosts.map((virtualHost) => virtualHost.longestBody));
  const head = RouteConfiguration.encode({
    name,
    ignorePortInHostMatching: true,
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
