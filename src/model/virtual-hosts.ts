import { Memo } from "../lib/memo.ts";
import { coveringHosts, covers } from "./hostnames.ts";
import type { RouteIr, VirtualHostIr } from "./ir.ts";
import type { ListenerBuckets } from "./listener-buckets.ts";
import type { ListenerView } from "./listeners.ts";
import { modelMatch } from "./matches.ts";
import { mayMeet } from "./path-overlap.ts";
import { type RuleEntry, withOverlap } from "./rules.ts";

export interface ListenerHosts {
  readonly listener: ListenerView;
  readonly buckets: ListenerBuckets;
}

export interface HostView {
  readonly listener: string;
  readonly ir: VirtualHostIr;
  /** Rules that pay for the model rules of the host: positions by route. */
  readonly paying: ReadonlyMap<string, ReadonlySet<number>>;
  /** Routes that have a match in common: for each, the others. */
  readonly doubled: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface PortHosts {
  /** Sorted by host. */
  readonly views: readonly HostView[];
  readonly memory: Memo<HostView>;
}

/**
 * The virtual hosts of one port. A host belongs to the listener that covers it most closely, and only that one's
 * routes serve it, also where they are none. Inside a host, rules of routes with a closer hostname come first, then
 * the order of matches decides. https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec
 */
export function assembleHosts(listeners: readonly ListenerHosts[], last: PortHosts | undefined): PortHosts {
  const memory = last?.memory ?? new Memo<HostView>();
  memory.begin();
  const hosts = new Set<string>();
  for (const { listener, buckets } of listeners) {
    hosts.add(listener.host);
    for (const host of buckets.byHost.keys()) hosts.add(host);
  }
  const views = [...hosts].sort().flatMap((host) => {
    const owner = closestListener(listeners, host);
    return owner === undefined ? [] : [viewHost(host, owner, memory)];
  });
  return { views, memory };
}

const nothing: readonly RuleEntry[] = [];

function viewHost(host: string, { listener, buckets }: ListenerHosts, memory: Memo<HostView>): HostView {
  const own = buckets.byHost.get(host) ?? nothing;
  const chain = coveringHosts(host).flatMap((wider) => {
    const bucket = buckets.byHost.get(wider);
    return bucket === undefined ? [] : [bucket];
  });
  return memory.recall(host, [listener.name, own, ...chain], () => hostView(listener.name, host, own, chain));
}

function closestListener(listeners: readonly ListenerHosts[], host: string): ListenerHosts | undefined {
  let closest: ListenerHosts | undefined;
  for (const one of listeners) {
    if (!covers(one.listener.host, host)) continue;
    if (closest === undefined || covers(closest.listener.host, one.listener.host)) closest = one;
  }
  return closest;
}

function hostView(
  listener: string,
  host: string,
  own: readonly RuleEntry[],
  chain: readonly (readonly RuleEntry[])[],
): HostView {
  const entries = chain.flat();
  const needy = entries.some(({ route }) => route.body === "needs");
  const servedModels = [...new Set(entries.flatMap(({ models }) => models))].sort();
  const { routes, paying } = payForModels(entries);
  return {
    listener,
    paying,
    doubled: doubledMatches(own),
    ir: { host, routes, ...(needy ? { model: { servedModels } } : {}) },
  };
}

/**
 * Whether a request that a plain rule takes may turn out to be a model rule's, once its model is known: only where
 * one that asks for the model stands before it, since what stands behind it never gets the request.
 */
function payForModels(entries: readonly RuleEntry[]): {
  readonly routes: readonly RouteIr[];
  readonly paying: ReadonlyMap<string, ReadonlySet<number>>;
} {
  const asking: RouteIr[] = [];
  const paying = new Map<string, Set<number>>();
  const routes = entries.map(({ route, owner, rank }) => {
    if (modelMatch(route.match) !== undefined) asking.push(route);
    if (route.body === "needs" || !asking.some((other) => mayMeet(other.match, route.match))) return route;
    const rules = paying.get(owner) ?? new Set();
    paying.set(owner, rules.add(rank.rule));
    return withOverlap(route);
  });
  return { routes, paying };
}

/** Rules of a wider hostname are a fallback and no doubles, so only those of the host itself are compared. */
function doubledMatches(own: readonly RuleEntry[]): HostView["doubled"] {
  const ownersByMatch = new Map<string, Set<string>>();
  for (const { matchText, owner } of own) {
    ownersByMatch.set(matchText, (ownersByMatch.get(matchText) ?? new Set()).add(owner));
  }
  const doubled = new Map<string, Set<string>>();
  for (const owners of ownersByMatch.values()) {
    for (const owner of owners) {
      for (const other of owners) {
        if (other !== owner) doubled.set(owner, (doubled.get(owner) ?? new Set()).add(other));
      }
    }
  }
  return doubled;
}
