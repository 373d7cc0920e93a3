import type { Clock } from "../../lib/clock.ts";

const firstMs = 1_000;
const longestMs = 60_000;
/** After this long without a repair, the next is the first again. */
const quietMs = 300_000;

interface Repairs {
  readonly count: number;
  readonly lastMs: number;
}

/** Who changes back what we repair must not make two controllers write without end: pauses double. */
export class RepairPause {
  readonly #clock: Clock;
  readonly #repairs = new Map<string, Repairs>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long to wait; 0: now, and the repair is counted. */
  before(key: string): number {
    const nowMs = this.#clock.monotonicMs();
    const last = this.#repairs.get(key);
    if (last === undefined || nowMs - last.lastMs >= quietMs) {
      this.#repairs.set(key, { count: 1, lastMs: nowMs });
      return 0;
    }
    const dueMs = last.lastMs + Math.min(longestMs, firstMs * 2 ** (last.count - 1));
    if (dueMs > nowMs) return dueMs - nowMs;
    this.#repairs.set(key, { count: last.count + 1, lastMs: nowMs });
    return 0;
  }
}
