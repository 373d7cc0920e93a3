import { absent } from "./delivery.ts";
import type { Subscription } from "./subscription.ts";

export interface RetirementView {
  readonly routes: Subscription | undefined;
  /** Clusters that a waiting or running request names. */
  readonly inUse: ReadonlySet<string>;
  readonly nowMs: number;
}

/**
 * When clusters that the snapshot lacks may be removed: no route that the client may be working with names them,
 * no request does, and a grace has passed since the last route.
 */
export class Retirement {
  readonly #graceMs: number;
  readonly #limitMs: number;
  #unnamedSince = new Map<string, number>();
  #routesAwaitedSince: number | undefined;

  /** `limitMs`: how long a client that reconnects has to say which routes it works with. */
  constructor(graceMs: number, limitMs: number) {
    this.#graceMs = graceMs;
    this.#limitMs = limitMs;
  }

  /** `gone`: clusters that the client has and the snapshot lacks. */
  due(gone: readonly string[], view: RetirementView): { readonly names: readonly string[]; readonly wakeAtMs: number } {
    const { routes, inUse, nowMs } = view;
    const routesAtMs = this.#routesKnownAt(gone, routes, nowMs);
    if (routesAtMs > nowMs) return { names: [], wakeAtMs: routesAtMs };
    const named = gone.length === 0 ? new Set<string>() : clustersNamed(routes);
    const before = this.#unnamedSince;
    this.#unnamedSince = new Map();
    const names: string[] = [];
    let wakeAtMs = Number.POSITIVE_INFINITY;
    for (const name of gone) {
      if (named === "unknown" || named.has(name)) continue;
      const since = before.get(name) ?? nowMs;
      this.#unnamedSince.set(name, since);
      if (since + this.#graceMs > nowMs) wakeAtMs = Math.min(wakeAtMs, since + this.#graceMs);
      else if (!inUse.has(name)) names.push(name);
    }
    return { names, wakeAtMs };
  }

  #routesKnownAt(gone: readonly string[], routes: Subscription | undefined, nowMs: number): number {
    if (gone.length === 0 || routes !== undefined) return nowMs;
    this.#routesAwaitedSince ??= nowMs;
    return this.#routesAwaitedSince + this.#limitMs;
  }
}

/** "unknown": the client works with a route from an earlier stream that is not ours. */
function clustersNamed(routes: Subscription | undefined): ReadonlySet<string> | "unknown" {
  const named = new Set<string>();
  for (const { running } of routes?.entries.values() ?? []) {
    if (running === undefined || running.version === absent) continue;
    if (running.resource === undefined) return "unknown";
    for (const name of running.resource.needs) named.add(name);
  }
  for (const { deliveries, presumed } of routes?.outstanding.values() ?? []) {
    if (presumed) continue;
    for (const { resource } of deliveries.values()) for (const name of resource?.needs ?? []) named.add(name);
  }
  return named;
}
