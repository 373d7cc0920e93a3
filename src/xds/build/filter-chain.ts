import type { FilterChain } from "../../gen/envoy/config/listener/v3/listener_components.ts";
import { HttpConnectionManager } from "../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import type { PortIr } from "../../model/ir.ts";
import { listenerName, routeConfigurationName } from "../names.ts";
import { pack } from "./any.ts";
import { connectionManager } from "./connection-manager.ts";
import type { BuildOptions } from "./options.ts";
import { chainMatch, tlsSocket } from "./tls.ts";

/** Depends on the port, its TLS and the options only: no edit of a route or a policy changes it, so none drains it. */
export function buildFilterChain(port: PortIr, options: BuildOptions): FilterChain {
  const filters = [
    {
      name: "envoy.filters.network.http_connection_manager",
      configType: {
        $case: "typedConfig",
        value: pack(HttpConnectionManager, connectionManager(port, options)),
      } as const,
    },
  ];
  if (port.protocol === "HTTP") return { name: listenerName(port.port), filters };
  const { tls } = port;
  return {
    name: routeConfigurationName(port),
    filterChainMatch: chainMatch(tls),
    filters,
    transportSocket: tlsSocket(tls),
  };
}
