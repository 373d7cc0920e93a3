/**
 * Reads one Gateway's intermediate model, the endpoints of its clusters and the origins that proxies refused; produces
 * the snapshot of encoded resources. Pure: same input, same bytes. Owns nothing but caches of bytes, keyed by the
 * identity of what they encode, so a change costs the encoding of what it touches.
 *
 *   GatewayIr -> held origins replaced -> routes -> virtual hosts -> route configurations, listeners
 *                                      -> clusters, assignments, secrets
 */
import { containerPorts } from "../../lib/container-ports.ts";
import type {
  ClusterIr,
  EndpointIr,
  EndpointsByCluster,
  GatewayIr,
  Origin,
  PortIr,
  RouteIr,
  VirtualHostIr,
} from "../../model/ir.ts";
import type { HeldOrigins } from "../held.ts";
import type { Snapshot } from "../snapshot.ts";
import { buildCluster, hasAssignment } from "./cluster.ts";
import { buildAssignment } from "./endpoint.ts";
import { buildFilterChain } from "./filter-chain.ts";
import { withHeld } from "./held.ts";
import { keepEqual } from "./keep-equal.ts";
import { buildListener } from "./listener.ts";
import { memoized, memoizedPair } from "./memoized.ts";
import type { BuildOptions } from "./options.ts";
import { pickerAssignments, pickerClusters, type SocketAddress } from "./picker-clusters.ts";
import { readyListener } from "./ready-listener.ts";
import { encodeRoute } from "./route.ts";
import { buildRouteConfiguration } from "./route-configuration.ts";
import { buildSecret } from "./secret.ts";
import { encodeVirtualHost } from "./virtual-host.ts";

export interface BuildInput {
  readonly gateway: GatewayIr;
  readonly endpoints: EndpointsByCluster;
  readonly held: HeldOrigins;
  readonly sequence: number;
  /** Of the picker that the proxies are to ask, where they are Pods; absent: nobody picks. */
  readonly pickerAddress?: SocketAddress;
  /** Listeners are met on their own ports, privileged or not. */
  readonly usesListenerPorts?: boolean;
}

export interface Builder {
  build(input: BuildInput): Snapshot;
}

const noEndpoints: readonly EndpointIr[] = [];

export function createBuilder(options: BuildOptions): Builder {
  const plainRoute = memoized((route: RouteIr) => encodeRoute(route, false));
  const modelHostRoute = memoized((route: RouteIr) => encodeRoute(route, true));
  const virtualHost = memoizedPair((host: VirtualHostIr, gateway: Origin) =>
    encodeVirtualHost(host, host.routes.map(host.model === undefined ? plainRoute : modelHostRoute), gateway),
  );
  const routeConfiguration = memoizedPair((port: PortIr, gateway: Origin) =>
    buildRouteConfiguration(
      port,
      port.virtualHosts.map((host) => virtualHost(host, gateway)),
      gateway,
      options,
    ),
  );
  const filterChain = memoized((port: PortIr) => buildFilterChain(port, options));
  const published = new Map<string, Snapshot["resources"]>();
  const cluster = memoized((ir: ClusterIr) => buildCluster(ir, options));
  const secret = memoized(buildSecret);
  const assignment = memoizedPair(buildAssignment);
  return {
    build({ gateway: wanted, endpoints, held, sequence, pickerAddress, usesListenerPorts = false }) {
      const gateway = withHeld(wanted, held);
      const { ports, origin } = gateway;
      const clusters = [...gateway.clusters.values()];
      const before = published.get(gateway.key);
      const { pod } = options;
      const boundPorts =
        pod &&
        containerPorts(
          ports.map(({ port }) => port),
          usesListenerPorts,
        );
      const resources: Snapshot["resources"] = {
        cluster: keepEqual(before?.cluster, [
          ...clusters.map(cluster),
          ...(pod === undefined ? [] : pickerClusters(pod, origin)),
        ]),
        endpoint: keepEqual(before?.endpoint, [
          ...clusters.filter(hasAssignment).map((each) => assignment(each, endpoints.get(each.key) ?? noEndpoints)),
          ...(pod === undefined ? [] : pickerAssignments(pickerAddress, origin)),
        ]),
        secret: keepEqual(before?.secret, [...gateway.secrets.values()].map(secret)),
        listener: keepEqual(before?.listener, [
          ...[...Map.groupBy(ports, ({ port }) => port)].map(([port, tables]) =>
            buildListener(
              { port, at: boundPorts?.get(port) ?? port },
              tables,
              tables.map(filterChain),
              origin,
              options,
            ),
          ),
          ...(pod === undefined ? [] : [readyListener(pod.readyPort, ports, origin, options)]),
        ]),
        route: keepEqual(
          before?.route,
          ports.map((port) => routeConfiguration(port, origin)),
        ),
      };
      published.set(gateway.key, resources);
      return { gateway: gateway.key, sequence, resources };
    },
  };
}
