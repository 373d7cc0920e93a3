import type { Cancel, Clock } from "../lib/clock.ts";
import type { PoolKey } from "../model/ir.ts";

/** A route may reach a proxy before its pool is known here, and a restarted picker is asked before it knows any pool. */
const longestParkMs = 15_000;
/** A pool that has just been removed: proxies forget it in a moment, too, and who asks until then is told soon. */
const removedParkMs = 1_000;
/** As many as a pool may queue by default; the next is told at once that its pool is not known. */
const mostParked = 20_000;

/** Requests whose pool is not known yet. */
export class ParkedRequests {
  readonly #clock: Clock;
  readonly #parked = new Map<PoolKey, Set<(known: boolean) => void>>();
  /** Monotonic time. */
  readonly #removed = new Map<PoolKey, number>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `go` is called once: when the pool is known, or when that took too long. */
  park(pool: PoolKey, go: (known: boolean) => void): Cancel {
    if (this.#count >= mostParked) {
      go(false);
      return () => {};
    }
    this.#count++;
    const waiting = this.#parked.get(pool) ?? new Set();
    this.#parked.set(pool, waiting);
    const leave = (): void => {
      cancelTimer();
      if (waiting.delete(settle)) this.#count--;
      if (waiting.size === 0 && this.#parked.get(pool) === waiting) this.#parked.delete(pool);
    };
    const settle = (known: boolean): void => {
      leave();
      go(known);
    };
    const longestMs = this.#isJustRemoved(pool) ? removedParkMs : longestParkMs;
    const cancelTimer = this.#clock.after(longestMs, () => settle(false));
    waiting.add(settle);
    return leave;
  }

  /** It was known until now. */
  removed(pool: PoolKey): void {
    for (const key of this.#removed.keys()) if (!this.#isJustRemoved(key)) this.#removed.delete(key);
    this.#removed.set(pool, this.#clock.monotonicMs());
  }

  /** It is known. */
  release(pool: PoolKey): void {
    this.#removed.delete(pool);
    for (const settle of [...(this.#parked.get(pool) ?? [])]) settle(true);
  }

  giveUp(): void {
    for (const waiting of [...this.#parked.values()]) for (const settle of [...waiting]) settle(false);
  }

  #isJustRemoved(pool: PoolKey): boolean {
    const atMs = this.#removed.get(pool);
    return atMs !== undefined && this.#clock.monotonicMs() - atMs < longestParkMs;
  }
}
