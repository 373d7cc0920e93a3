import { Memo } from "../lib/memo.ts";
import type { ClusterIr, ClusterKey } from "./ir.ts";
import { comparePrecedence } from "./precedence.ts";
import type { RuleEntry, RuleView } from "./rules.ts";

/** What a route brings to one listener. */
export interface ListenerRoute {
  readonly hosts: readonly string[];
  readonly rules: readonly RuleView[];
}

/** The rules of one listener by host, each list in order. */
export interface ListenerBuckets {
  readonly byHost: ReadonlyMap<string, readonly RuleEntry[]>;
  readonly clusters: ReadonlyMap<ClusterKey, ClusterIr>;
  readonly memory: Memo<readonly RuleEntry[]>;
}

export function listenerBuckets(routes: readonly ListenerRoute[], last: ListenerBuckets | undefined): ListenerBuckets {
  const memory = last?.memory ?? new Memo<readonly RuleEntry[]>();
  memory.begin();
  const byHost = new Map<string, readonly RuleEntry[]>();
  for (const [host, rules] of rulesByHost(routes)) {
    byHost.set(
      host,
      memory.recall(host, rules, () => inOrder(rules)),
    );
  }
  return { byHost, clusters: clustersOf(routes), memory };
}

function rulesByHost(routes: readonly ListenerRoute[]): ReadonlyMap<string, readonly RuleView[]> {
  const byHost = new Map<string, RuleView[]>();
  for (const { hosts, rules } of routes) {
    for (const host of hosts) {
      const known = byHost.get(host);
      if (known === undefined) byHost.set(host, [...rules]);
      else known.push(...rules);
    }
  }
  return byHost;
}

function inOrder(rules: readonly RuleView[]): readonly RuleEntry[] {
  return rules.flatMap(({ entries }) => entries).sort((a, b) => comparePrecedence(a.rank, b.rank));
}

function clustersOf(routes: readonly ListenerRoute[]): ReadonlyMap<ClusterKey, ClusterIr> {
  const clusters = new Map<ClusterKey, ClusterIr>();
  for (const { rules } of routes) {
    for (const rule of rules) {
      for (const cluster of rule.clusters) clusters.set(cluster.key, cluster);
    }
  }
  return clusters;
}
