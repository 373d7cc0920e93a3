import { Listener } from "../../gen/envoy/config/listener/v3/listener.ts";
import { HttpConnectionManager } from "../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import type { Origin } from "../../model/ir.ts";
import { listenerName, originKey, routeConfigurationName } from "../names.ts";
import type { XdsResource } from "../snapshot.ts";
import { pack } from "./any.ts";
import { connectionManager } from "./connection-manager.ts";
import type { BuildOptions } from "./options.ts";
import { provenance } from "./provenance.ts";
import { makeResource } from "./resource.ts";
import { connectionBufferBytes } from "./traffic/cluster.ts";

/** Depends on the port, the Gateway and the options only: no edit of a route or a policy changes it, so none drains it. */
export function buildListener(port: number, gateway: Origin, options: BuildOptions): XdsResource {
  const name = listenerName(port);
  const manager = pack(HttpConnectionManager, connectionManager(port, options));
  const body = Listener.encode({
    name,
    address: {
      address: {
        $case: "socketAddress",
        value: { address: options.bind, portSpecifier: { $case: "portValue", value: port } },
      },
    },
    defaultFilterChain: {
      name,
      filters: [
        {
          name: "envoy.filters.network.http_connection_manager",
          configType: { $case: "typedConfig", value: manager },
        },
      ],
    },
    perConnectionBufferLimitBytes: connectionBufferBytes,
    maxConnectionsToAcceptPerSocketEvent: 1,
    enableReusePort: options.reusePort,
    metadata: provenance(gateway),
  }).finish();
  return makeResource(name, body, { origins: [originKey(gateway)], needs: [routeConfigurationName(port)] });
}
