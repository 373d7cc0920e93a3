import { compareStrings } from "../lib/compare.ts";
import { type Memo, memoOn, sameItems } from "../lib/memo.ts";
import type { Secret } from "../resources/kinds/secret.ts";
import type { ByName } from "../resources/resource-set.ts";
import { secretsOf } from "./certificates.ts";
import type { ClusterIr, GatewayIr, Origin, PortIr } from "./ir.ts";
import { type ListenerBuckets, listenerBuckets } from "./listener-buckets.ts";
import type { GatewayView } from "./listeners.ts";
import { type MisdirectedHosts, misdirectedHosts } from "./misdirected.ts";
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
  readonly misdirected: MisdirectedHosts;
  readonly irs: readonly PortIr[];
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

export function assembleGateway(
  view: GatewayView,
  attachments: Attachments,
  secrets: ByName<Secret>,
  memory: GatewayMemory,
): AssembledGateway {
  const serving = view.listeners
    .filter(({ serves }) => serves)
    .map((listener): ListenerHosts => {
      const key = `${view.key}/${listener.name}`;
      const attached = attachments.get(key) ?? [];
      const buckets = memory.listeners.recall(key, attached, (last) => listenerBuckets(attached, last));
      return { listener, buckets };
    });

  const origin = originOf(view.gateway);
  const ports = [...new Set(serving.map(({ listener }) => listener.port))]
    .sort((a, b) => a - b)
    .map((port) => {
      const here = serving.filter(({ listener }) => listener.port === port);
      const inputs = here.flatMap(({ listener, buckets }) => [listener, buckets]);
      return memory.ports.recall(`${view.key}/${port}`, inputs, (last) => assemblePort(port, here, origin, last));
    });

  const clusters = clustersOf(serving, memory.clusters);
  const portIrs = ports.flatMap(({ irs }) => irs);
  const certificates = portIrs.flatMap((port) => (port.protocol === "HTTPS" ? port.tls.certificates : []));
  const shown = secretsOf(certificates, secrets);
  const { generation } = view.gateway.metadata;
  const ir = memory.gateways.recall(view.key, [generation, ...portIrs, ...clusters, ...shown.values()], (last) => ({
    key: view.key,
    origin: last?.origin ?? origin,
    generation,
    ports: portIrs,
    clusters: new Map(clusters.map((cluster) => [cluster.key, cluster])),
    secrets: shown,
  }));
  return { view, ir, ports };
}

function assemblePort(
  port: number,
  here: readonly ListenerHosts[],
  gateway: Origin,
  last: AssembledPort | undefined,
): AssembledPort {
  const hosts = assembleHosts(here, last?.hosts);
  const misdirected = misdirectedHosts(
    here.flatMap(({ listener }) => (listener.tls === undefined ? [] : [listener])),
    gateway,
    last?.misdirected,
  );
  const irs = misdirected.size === 0 ? [httpPort(port, here, hosts)] : httpsPorts(port, here, hosts, misdirected);
  return { hosts, misdirected, irs: irs.map((ir, index) => keepEqualPort(ir, last?.irs[index])) };
}

function httpPort(port: number, here: readonly ListenerHosts[], hosts: PortHosts): PortIr {
  const listeners = here.map(({ listener }) => listener.name).sort();
  return { port, protocol: "HTTP", listeners, virtualHosts: hosts.views.map(({ ir }) => ir) };
}

/** A connection shows the hosts of its own listener; those of the others it sends away. */
function httpsPorts(
  port: number,
  here: readonly ListenerHosts[],
  hosts: PortHosts,
  misdirected: MisdirectedHosts,
): readonly PortIr[] {
  return here
    .flatMap(({ listener: { name, tls } }): PortIr[] => {
      if (tls === undefined) return [];
      const own = hosts.views.flatMap(({ listener, ir }) => (listener === name ? [ir] : []));
      const others = [...misdirected].flatMap(([listener, host]) => (listener === name ? [] : [host]));
      const virtualHosts = [...own, ...others].sort((a, b) => compareStrings(a.host, b.host));
      return [{ port, protocol: "HTTPS", listeners: [name], virtualHosts, tls }];
    })
    .sort((a, b) => compareStrings(a.listeners[0] ?? "", b.listeners[0] ?? ""));
}

function keepEqualPort(port: PortIr, last: PortIr | undefined): PortIr {
  const isSame =
    last !== undefined &&
    sameItems(last.listeners, port.listeners) &&
    sameItems(last.virtualHosts, port.virtualHosts) &&
    tlsText(last) === tlsText(port);
  return isSame ? last : port;
}

function tlsText(port: PortIr): string {
  return port.protocol === "HTTPS" ? JSON.stringify(port.tls) : "";
}

const contentOf = memoOn((cluster: ClusterIr): string => JSON.stringify(cluster));

/** Each once, in the order of keys; one of equal content stays the identical object. */
function clustersOf(serving: readonly ListenerHosts[], memory: Memo<ClusterIr>): readonly ClusterIr[] {
  const byKey = new Map(serving.flatMap(({ buckets }) => [...buckets.clusters]));
  return [...byKey.values()]
    .sort((a, b) => compareStrings(a.key, b.key))
    .map((cluster) => memory.recall(cluster.key, [contentOf(cluster)], () => cluster));
}
