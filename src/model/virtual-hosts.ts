import type { Memo } from "../lib/memo.ts";
import { coveringHosts, covers } from "./hostnames.ts";
import type { RouteIr, VirtualHostIr } from "./ir.ts";
import type { ListenerView } from "./listeners.ts";
import { modelMatch } from "./matches.ts";
import { mayMeet } from "./path-overlap.ts";
import { comparePrecedence } from "./precedence.ts";
import { type RuleEntry, type RuleView, withOverlap } from "./rules.ts";

/** What a route brings to one listener. */
export interface ListenerRoute {
  readonly hosts: readonly string[];
  readonly rules: readonly RuleView[];
}

export interface ListenerRoutes {
  readonly listener: ListenerView;
  readonly routes: readonly ListenerRoute[];
}

export interface HostView {
  readonly listener: string;
  readonly ir: VirtualHostIr;
  /** Rules that pay for the model rules of the host: positions by route. */
  readonly paying: ReadonlyMap<string, ReadonlySet<number>>;
  /** Routes that have a match in common: for each, the others. */
  readonly doubled: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface HostMemory {
  readonly buckets: Memo<readonly RuleEntry[]>;
  readonly hosts: Memo<HostView>;
}

/**
 * The virtual hosts of one port, sorted. A host belongs to the listener that covers it most closely, and only that
 * one's routes serve it, also where they are none. Inside a host, rules of routes with a closer hostname come first,
 * then the order of matches decides. https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec
 */
export function assembleHosts(
  scope: string,
  listeners: readonly ListenerRoutes[],
  memory: HostMemory,
): readonly HostView[] {
  const buckets = new Map(listeners.map((one) => [one, bucketsOf(scope, one, memory)]));
  const hosts = new Set<string>(listeners.map(({ listener }) => listener.host));
  for (const bucket of buckets.values()) for (const host of bucket.keys()) hosts.add(host);

  return [...hosts].sort().flatMap((host) => {
    const owner = closestListener(listeners, host);
    const owned = owner === undefined ? undefined : buckets.get(owner);
    if (owner === undefined || owned === undefined) return [];
    const chain = coveringHosts(host).flatMap((wider) => {
      const bucket = owned.get(wider);
      return bucket === undefined ? [] : [bucket];
    });
    const { name } = owner.listener;
    const own = owned.get(host) ?? nothingOwn;
    return [memory.hosts.recall(`${scope}/${host}`, [name, own, ...chain], () => hostView(name, host, own, chain))];
  });
}

/** A listener's rules by host, each list in order. */
function bucketsOf(
  scope: string,
  { listener, routes }: ListenerRoutes,
  memory: HostMemory,
): ReadonlyMap<string, readonly RuleEntry[]> {
  const rulesByHost = new Map<string, RuleView[]>();
  for (const { hosts, rules } of routes) {
    for (const host of hosts) {
      const known = rulesByHost.get(host) ?? [];
      rulesByHost.set(host, known);
      known.push(...rules);
    }
  }
  const buckets = new Map<string, readonly RuleEntry[]>();
  for (const [host, rules] of rulesByHost) {
    const bucket = memory.buckets.recall(`${scope}/${listener.name}/${host}`, rules, () =>
      rules.flatMap(({ entries }) => entries).sort((a, b) => comparePrecedence(a.rank, b.rank)),
    );
    buckets.set(host, bucket);
  }
  return buckets;
}

function closestListener(listeners: readonly ListenerRoutes[], host: string): ListenerRoutes | undefined {
  let closest: ListenerRoutes | undefined;
  for (const one of listeners) {
    if (!covers(one.listener.host, host)) continue;
    if (closest === undefined || covers(closest.listener.host, one.listener.host)) closest = one;
  }
  return closest;
}

const nothingOwn: readonly RuleEntry[] = [];

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
