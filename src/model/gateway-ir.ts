import { compareStrings } from "../lib/compare.ts";
import { type Memo, memoOn } from "../lib/memo.ts";
import type { ClusterIr, GatewayIr, PortIr } from "./ir.ts";
import type { GatewayView } from "./listeners.ts";
import { originOf } from "./origins.ts";
import type { RouteAttachment, RouteView } from "./routes.ts";
import { assembleHosts, type HostMemory, type HostView, type ListenerRoutes } from "./virtual-hosts.ts";

export interface AssembledGateway {
  readonly view: GatewayView;
  readonly ir: GatewayIr;
  readonly hosts: readonly HostView[];
  /** Routes by listener. */
  readonly attached: ReadonlyMap<string, readonly RouteAttachment[]>;
}

export interface GatewayMemory extends HostMemory {
  readonly clusters: Memo<ClusterIr>;
  readonly ports: Memo<PortIr>;
  readonly gateways: Memo<GatewayIr>;
}

/** Attachments by "gateway/listener"; a route that several parentRefs bring to one listener counts once. */
export function attachmentsByListener(routes: readonly RouteView[]): ReadonlyMap<string, readonly RouteAttachment[]> {
  const byListener = new Map<string, RouteAttachment[]>();
  for (const { parents } of routes) {
    const seen = new Set<string>();
    for (const attachment of parents.flatMap(({ attachments }) => attachments)) {
      const key = `${attachment.gateway}/${attachment.listener}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const attached = byListener.get(key);
      if (attached === undefined) byListener.set(key, [attachment]);
      else attached.push(attachment);
    }
  }
  return byListener;
}

export function assembleGateway(
  view: GatewayView,
  byListener: ReadonlyMap<string, readonly RouteAttachment[]>,
  memory: GatewayMemory,
): AssembledGateway {
  const attached = new Map(view.listeners.map(({ name }) => [name, byListener.get(`${view.key}/${name}`) ?? []]));
  const serving = view.listeners
    .filter(({ serves }) => serves)
    .map((listener): ListenerRoutes => ({ listener, routes: attached.get(listener.name) ?? [] }));

  const hosts: HostView[] = [];
  const ports = [...new Set(serving.map(({ listener }) => listener.port))]
    .sort((a, b) => a - b)
    .map((port) => {
      const scope = `${view.key}/${port}`;
      const here = serving.filter(({ listener }) => listener.port === port);
      const names = here.map(({ listener }) => listener.name).sort();
      const hostsHere = assembleHosts(scope, here, memory);
      hosts.push(...hostsHere);
      const virtualHosts = hostsHere.map(({ ir }) => ir);
      return memory.ports.recall(scope, [names.join(" "), ...virtualHosts], () => portIr(port, names, virtualHosts));
    });

  const clusters = clustersOf(serving, memory.clusters);
  const { generation } = view.gateway.metadata;
  const ir = memory.gateways.recall(view.key, [generation, ...ports, ...clusters], () => ({
    key: view.key,
    origin: originOf(view.gateway),
    generation,
    ports,
    clusters: new Map(clusters.map((cluster) => [cluster.key, cluster])),
  }));
  return { view, ir, hosts, attached };
}

function portIr(port: number, listeners: readonly string[], virtualHosts: PortIr["virtualHosts"]): PortIr {
  return { port, protocol: "HTTP", listeners, virtualHosts };
}

const contentOf = memoOn((cluster: ClusterIr): string => JSON.stringify(cluster));

/** Each once, in the order of keys; one of equal content stays the identical object. */
function clustersOf(serving: readonly ListenerRoutes[], memory: Memo<ClusterIr>): readonly ClusterIr[] {
  const byKey = new Map<string, ClusterIr>();
  for (const { routes } of serving) {
    for (const { rules } of routes) {
      for (const { entries } of rules) {
        const clusters = entries.flatMap((entry) => entry.clusters);
        for (const cluster of clusters) byKey.set(cluster.key, cluster);
      }
    }
  }
  return [...byKey.values()]
    .sort((a, b) => compareStrings(a.key, b.key))
    .map((cluster) => memory.recall(cluster.key, [contentOf(cluster)], () => cluster));
}
