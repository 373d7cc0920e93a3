/**
 * Replaces what comes from held origins: their routes, clusters and certificates as the last accepted Gateway had them, or answers
 * with the reason where there is none. Everything else keeps its identity, so its bytes stay cached.
 */
import {
  type BackendIr,
  type ClusterIr,
  type ClusterKey,
  clustersNamed,
  type GatewayIr,
  type PortIr,
  type RouteIr,
  type VirtualHostIr,
} from "../../model/ir.ts";
import type { HeldOrigins } from "../held.ts";
import { originKey } from "../names.ts";
import { heldRoutes, sameTable } from "./held-routes.ts";
import { withHeldSecrets } from "./held-secrets.ts";

export function withHeld(gateway: GatewayIr, held: HeldOrigins): GatewayIr {
  if (held.size === 0) return gateway;
  const kept = heldPorts(gateway, held).map((port) => withHeldRoutes(port, held));
  const { ports, secrets } = withHeldSecrets(kept, gateway, held);
  const clusters = heldClusters(gateway, held, ports);
  return { ...gateway, ports: ports.map((port) => withoutRefused(port, clusters)), clusters: clusters.usable, secrets };
}

/** A Gateway whose listeners were refused keeps the ports that it had, met as they were. */
function heldPorts(gateway: GatewayIr, held: HeldOrigins): readonly PortIr[] {
  const own = held.get(originKey(gateway.origin));
  if (own === undefined) return gateway.ports;
  return gateway.ports.flatMap((port): PortIr[] => {
    const accepted = sameTable(own.last, port);
    if (accepted === undefined) return [];
    return accepted.protocol === "HTTPS" && port.protocol === "HTTPS" ? [{ ...port, tls: accepted.tls }] : [port];
  });
}

function withHeldRoutes(port: PortIr, held: HeldOrigins): PortIr {
  const hosts = new Set(port.virtualHosts.map(({ host }) => host));
  const gone = [...held.values()]
    .flatMap(({ last }) => sameTable(last, port)?.virtualHosts ?? [])
    .filter(({ host }) => !hosts.has(host));
  const emptied = [...new Map(gone.map((host) => [host.host, host])).values()].map(withoutRoutes);
  const virtualHosts = [...port.virtualHosts, ...emptied]
    .map((virtualHost) => heldRoutes(port, virtualHost, held))
    .filter(({ host, routes }) => hosts.has(host) || routes.length > 0);
  return { ...port, virtualHosts };
}

/** A host that only held routes still have. */
function withoutRoutes(virtualHost: VirtualHostIr): VirtualHostIr {
  return { ...virtualHost, routes: [] };
}

interface HeldClusters {
  readonly usable: ReadonlyMap<ClusterKey, ClusterIr>;
  /** Refused, and never accepted: why. */
  readonly refused: ReadonlyMap<ClusterKey, string>;
}

function heldClusters(gateway: GatewayIr, held: HeldOrigins, ports: readonly PortIr[]): HeldClusters {
  const usable = new Map<ClusterKey, ClusterIr>();
  const refused = new Map<ClusterKey, string>();
  const current = namedClusters(gateway, held, ports);
  for (const [key, cluster] of current) {
    const holding = held.get(originKey(cluster.origin));
    const accepted = holding === undefined ? cluster : holding.last?.clusters.get(key);
    if (accepted !== undefined) usable.set(key, accepted);
    else refused.set(key, holding?.reason ?? "");
  }
  return { usable, refused };
}

/**
 * What the routes name: clusters that only a held route still names come from its Gateway, and those that only the
 * refused state of a held route names are left out, since they may be what was refused.
 */
function namedClusters(
  gateway: GatewayIr,
  held: HeldOrigins,
  ports: readonly PortIr[],
): ReadonlyMap<ClusterKey, ClusterIr> {
  const named = new Set(
    ports.flatMap(({ virtualHosts }) => virtualHosts.flatMap(({ routes }) => routes.flatMap(clusterKeys))),
  );
  const last = [...held.values()].flatMap((holding) => [...(holding.last?.clusters ?? [])]);
  return new Map([...last, ...gateway.clusters].filter(([key]) => named.has(key)));
}

function clusterKeys({ action }: RouteIr): readonly ClusterKey[] {
  return clustersNamed(action);
}

function withoutRefused(port: PortIr, { refused }: HeldClusters): PortIr {
  if (refused.size === 0) return port;
  const virtualHosts = port.virtualHosts.map((virtualHost) =>
    virtualHost.routes.some((route) => clusterKeys(route).some((key) => refused.has(key)))
      ? { ...virtualHost, routes: virtualHost.routes.map((route) => withoutRefusedBackends(route, refused)) }
      : virtualHost,
  );
  return { ...port, virtualHosts };
}

function withoutRefusedBackends(route: RouteIr, refused: HeldClusters["refused"]): RouteIr {
  const { action } = route;
  if (action.kind !== "forward" || !clusterKeys(route).some((key) => refused.has(key))) return route;
  const { mirrors, ...rest } = action;
  const kept = mirrors?.filter(({ cluster }) => !refused.has(cluster));
  const backends = action.backends.map((backend) => missing(backend, refused));
  return { ...route, action: { ...rest, backends, ...(kept === undefined ? {} : { mirrors: kept }) } };
}

function missing(backend: BackendIr, refused: HeldClusters["refused"]): BackendIr {
  const reason = backend.target.kind === "cluster" ? refused.get(backend.target.cluster) : undefined;
  return reason === undefined ? backend : { ...backend, target: { kind: "missing", reason } };
}
