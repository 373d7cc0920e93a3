import type { Moment } from "./flow/ports.ts";
import type { PoolRuntime } from "./pool-runtime.ts";

/**
 * Places what fits in pools that share servers: at each step the pool whose next request has the highest priority, then
 * the one that waits longest; a pool without room steps back.
 */
export function drainShared(pools: Iterable<PoolRuntime>, now: Moment): void {
  const left = new Set(pools);
  while (left.size > 0) {
    const next = first(left);
    if (next === undefined) return;
    if (!next.flow.placeNext(now)) left.delete(next);
  }
}

function first(pools: Iterable<PoolRuntime>): PoolRuntime | undefined {
  let best: PoolRuntime | undefined;
  for (const pool of pools) {
    const head = pool.flow.head;
    const other = best?.flow.head;
    if (head === undefined) continue;
    const comesFirst =
      other === undefined ||
      head.priority > other.priority ||
      (head.priority === other.priority && head.arrivedAtMs < other.arrivedAtMs);
    if (comesFirst) best = pool;
  }
  return best;
}
