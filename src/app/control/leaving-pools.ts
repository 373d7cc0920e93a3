import type { PoolIr, PoolKey } from "../../model/ir.ts";
import type { ModelResult } from "../../model/result.ts";

/** Longer than the proxies take to ask another picker, and than the built-in one takes to say who waits. */
const leastMs = 3_000;

interface Leaving {
  readonly pool: PoolIr;
  readonly sinceMs: number;
}

/** Pools for which a picker that is not ours chooses from now on: what waits in the built-in one is still placed by it. */
export class LeavingPools {
  #last: ModelResult["pools"] = new Map();
  #leaving: ReadonlyMap<PoolKey, Leaving> = new Map();

  /** All pools that the built-in picker is to know. */
  update(
    { pools, pickers }: Pick<ModelResult, "pools" | "pickers">,
    isWaitedFor: (pool: PoolKey) => boolean,
    nowMs: number,
  ): readonly PoolIr[] {
    const leaving = new Map(this.#leaving);
    for (const [key, pool] of this.#last) if (!pools.has(key)) leaving.set(key, { pool, sinceMs: nowMs });
    for (const [key, { sinceMs }] of leaving) {
      const isOver = nowMs - sinceMs >= leastMs && !isWaitedFor(key);
      if (isOver || pools.has(key) || pickers.get(key)?.kind !== "external") leaving.delete(key);
    }
    this.#last = pools;
    this.#leaving = leaving;
    return [...pools.values(), ...Array.from(leaving.values(), ({ pool }) => pool)];
  }
}
