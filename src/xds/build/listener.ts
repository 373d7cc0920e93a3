import { Listener } from "../../gen/envoy/config/listener/v3/listener.ts";
import type { FilterChain } from "../../gen/envoy/config/listener/v3/listener_components.ts";
import type { Origin, PortIr } from "../../model/ir.ts";
import { listenerName, originKey, routeConfigurationName } from "../names.ts";
import type { XdsResource } from "../snapshot.ts";
import type { BuildOptions } from "./options.ts";
import { provenance } from "./provenance.ts";
import { makeResource } from "./resource.ts";
import { tlsInspector } from "./tls.ts";
import { connectionBufferBytes } from "./traffic/cluster.ts";

/** `at`: where it is bound, which need not be the port that the Gateway names. One that is met with TLS has a chain for each host, and none for clients without TLS. */
export function buildListener(
  { port, at }: { readonly port: number; readonly at: number },
  tables: readonly PortIr[],
  chains: readonly FilterChain[],
  gateway: Origin,
  options: BuildOptions,
): XdsResource {
  const name = listenerName(port);
  const [plain] = chains;
  const isPlain = tables.every(({ protocol }) => protocol === "HTTP");
  const body = Listener.encode({
    name,
    address: {
      address: {
        $case: "socketAddress",
        value: { address: options.bind, portSpecifier: { $case: "portValue", value: at } },
      },
    },
    ...(isPlain && plain !== undefined
      ? { defaultFilterChain: plain }
      : { filterChains: [...chains], listenerFilters: [tlsInspector()] }),
    perConnectionBufferLimitBytes: connectionBufferBytes,
    maxConnectionsToAcceptPerSocketEvent: 1,
    enableReusePort: options.reusePort,
    metadata: provenance(gateway),
  }).finish();
  return makeResource(name, body, {
    origins: [originKey(gateway)],
    needs: tables.map(routeConfigurationName),
    secrets: tables.flatMap((table) => (table.protocol === "HTTPS" ? table.tls.certificates : [])),
  });
}
