import { compareStrings } from "../lib/compare.ts";
import { type Memo, memoOn, sameItems } from "../lib/memo.ts";
import type { ClusterIr, GatewayIr, PortIr } from "./ir.ts";
import { type ListenerBuckets, listenerBuckets } from "./listener-buckets.ts";
import type { GatewayView } from "./listeners.ts";
import { originOf } from "./origins.ts";
import type { RouteAttachment, RouteView } from "./routes.ts";
import { assembleHosts, type ListenerHosts, type PortHosts } from "./virtual-hosts.ts";

export interface AssembledGateway {
  readonly view: GatewayView;
  readonly ir: GatewayIr;
  readonly ports: readonly AssembledPort[];
}

export interface AssembledPort {
  readonly hosts: PortHosts;
  readonly ir: PortIr;
}

export interface GatewayMemory {
  readonly listeners: Memo<ListenerBuckets>;
  readonly ports: Memo<AssembledPort>;
  readonly clusters: Memo<ClusterIr>;
  readonly gateways: Memo<GatewayIr>;
}

/** What is attached to each listener, by "namespace/gateway/listener". */
export type Attachments = ReadonlyMap<string, readonly RouteAttachment[]>;

export function attachmentsByListener(routes: Iterable<RouteView>): Attachments {
  const byListener = new Map<string, RouteAttachment[]>();
  for (const { attachments } of routes) {
    for (const attachment of attachments) {
      const known = byListener.get(attachment.listener);
      if (known === undefined) byListener.set(attachment.listener, [attachment]);
      else known.push(attachment);
    }
  }
  return byListener;
}

export function assembleGateway(view: GatewayView, attachments: Attachments, memory: GatewayMemory): AssembledGateway {
  const serving = view.listeners
    .filter(({ serves }) => serves)
    .map((listener): ListenerHosts => {
      const key = `${view.key}/${listener.name}`;
      const attached = attachments.get(key) ?? [];
      const buckets = memory.listeners.recall(key, attached, (last) => listenerBuckets(attached, last));
      return { listener, buckets };
    });

  const ports = [...new Set(serving.map(({ listener }) => listener.port))]
    .sort((a, b) => a - b)
    .map((port) => {
      const here = serving.filter(({ listener }) => listener.port === port);
      const inputs = here.flatMap(({ listener, buckets }) => [listener, buckets]);
      return memory.ports.recall(`${view.key}/${port}`, inputs, (last) => assemblePort(port, here, last));
    });

  const clusters = clustersOf(serving, memory.clusters);
  const { generation } = view.gateway.metadata;
  const portIrs = ports.map(({ ir }) => ir);
  const ir = memory.gateways.recall(view.key, [generation, ...portIrs, ...clusters], (last) => ({
    key: view.key,
    origin: last?.origin ?? originOf(view.gateway),
    generation,
    ports: portIrs,
    clusters: new Map(clusters.map((cluster) => [cluster.key, cluster])),
  }));
  return { view, ir, ports };
}

function assemblePort(port: number, here: readonly ListenerHosts[], last: AssembledPort | undefined): AssembledPort {
  const hosts = assembleHosts(here, last?.hosts);
  const listeners = here.map(({ listener }) => listener.name).sort();
  const virtualHosts = hosts.views.map(({ ir }) => ir);
  const unchanged =
    last !== undefined && sameItems(last.ir.listeners, listeners) && sameItems(last.ir.virtualHosts, virtualHosts);
  return { hosts, ir: unchanged ? last.ir : { port, protocol: "HTTP", listeners, virtualHosts } };
}

const contentOf = memoOn((cluster: ClusterIr): string => JSON.stringify(cluster));

/** Each once, in the order of keys; one of equal content stays the identical object. */
function clustersOf(serving: readonly ListenerHosts[], memory: Memo<ClusterIr>): readonly ClusterIr[] {
  const byKey = new Map(serving.flatMap(({ buckets }) => [...buckets.clusters]));
  return [...byKey.values()]
    .sort((a, b) => compareStrings(a.key, b.key))
    .map((cluster) => memory.recall(cluster.key, [contentOf(cluster)], () => cluster));
}
