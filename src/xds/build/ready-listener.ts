import { Listener } from "../../gen/envoy/config/listener/v3/listener.ts";
import { HealthCheck } from "../../gen/envoy/extensions/filters/http/health_check/v3/health_check.ts";
import { Router } from "../../gen/envoy/extensions/filters/http/router/v3/router.ts";
import { HttpConnectionManager } from "../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import { readyPrefix } from "../../lib/stat-prefixes.ts";
import type { Origin, PortIr } from "../../model/ir.ts";
import { originKey, routeConfigurationName } from "../names.ts";
import type { XdsResource } from "../snapshot.ts";
import { pack } from "./any.ts";
import { headerMatcher } from "./match.ts";
import type { BuildOptions } from "./options.ts";
import { provenance } from "./provenance.ts";
import { makeResource } from "./resource.ts";

/**
 * The probe of a proxy's Pod, under Envoy Gateway's name. It comes by xDS and no sooner than the listeners of the
 * Gateway, and Envoy opens none of its first ones before all have their routes: who is ready has been configured.
 */
export function readyListener(
  port: number,
  ports: readonly PortIr[],
  gateway: Origin,
  { bind, reusePort }: BuildOptions,
): XdsResource {
  const name = `envoy-gateway-proxy-ready-${bind}-${port}`;
  const body = Listener.encode({
    name,
    address: {
      address: {
        $case: "socketAddress",
        value: { address: bind, portSpecifier: { $case: "portValue", value: port } },
      },
    },
    filterChains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            configType: { $case: "typedConfig", value: pack(HttpConnectionManager, probe) },
          },
        ],
      },
    ],
    enableReusePort: reusePort,
    // A proxy that sheds load is not to be restarted for it.
    bypassOverloadManager: true,
    metadata: provenance(gateway),
  }).finish();
  return makeResource(name, body, { origins: [originKey(gateway)], needs: ports.map(routeConfigurationName) });
}

/** A draining Envoy answers 503 by itself. https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/health_check_filter */
const probe: HttpConnectionManager = {
  statPrefix: readyPrefix,
  routeSpecifier: {
    $case: "routeConfig",
    value: {
      name: "ready_route",
      virtualHosts: [
        {
          name: "ready_route",
          domains: ["*"],
          routes: [
            {
              match: { pathSpecifier: { $case: "prefix", value: "/" } },
              action: { $case: "directResponse", value: { status: 500 } },
            },
          ],
        },
      ],
    },
  },
  httpFilters: [
    {
      name: "envoy.filters.http.health_check",
      configType: {
        $case: "typedConfig",
        value: pack(HealthCheck, {
          passThroughMode: false,
          headers: [headerMatcher({ name: ":path", type: "exact", value: "/ready" })],
        }),
      },
    },
    {
      name: "envoy.filters.http.router",
      configType: { $case: "typedConfig", value: pack(Router, {}) },
    },
  ],
};
