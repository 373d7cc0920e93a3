/** What held up the front of a pool's queue. */
export const waitCauses = ["no-ready-server", "no-room", "held-back"] as const;
export type WaitCause = (typeof waitCauses)[number];

/** Milliseconds by cause. */
export type WaitedFor = Readonly<Record<WaitCause, number>>;

/**
 * How long the front of the queue was held up, by cause, since the start. All that wait, wait for what holds up the
 * front: what a request waited for is the difference between two looks, at its arrival and at its end.
 */
export class WaitCauses {
  #totals: WaitedFor = { "no-ready-server": 0, "no-room": 0, "held-back": 0 };
  #cause: WaitCause | undefined;
  #sinceMs = 0;

  blocked(cause: WaitCause, nowMs: number): void {
    if (cause === this.#cause) return;
    this.#totals = this.totals(nowMs);
    this.#cause = cause;
    this.#sinceMs = nowMs;
  }

  moving(nowMs: number): void {
    if (this.#cause === undefined) return;
    this.#totals = this.totals(nowMs);
    this.#cause = undefined;
  }

  totals(nowMs: number): WaitedFor {
    if (this.#cause === undefined) return this.#totals;
    return { ...this.#totals, [this.#cause]: this.#totals[this.#cause] + Math.max(0, nowMs - this.#sinceMs) };
  }
}

export function waitedBetween(before: WaitedFor, after: WaitedFor): WaitedFor {
  const waited = (cause: WaitCause): number => Math.round(after[cause] - before[cause]);
  return {
    "no-ready-server": waited("no-ready-server"),
    "no-room": waited("no-room"),
    "held-back": waited("held-back"),
  };
}
