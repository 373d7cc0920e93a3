import type { Compare } from "../../lib/compare.ts";
import type { Ask } from "./ask.ts";
import type { Outcome } from "./outcome.ts";

/** One request in the queue. */
export class QueueItem {
  readonly ask: Ask;
  /** Wall clock: when it came to the proxy. */
  readonly arrivedAtMs: number;
  /** Tells arrivals of one moment apart; a replay has the one of the request that it replaces. */
  readonly sequence: number;
  /** The same moment as `arrivedAtMs` on the queue's clock. */
  readonly sinceMs: number;
  #settle: ((outcome: Outcome) => void) | undefined;

  constructor(
    ask: Ask,
    arrival: { readonly arrivedAtMs: number; readonly sequence: number; readonly sinceMs: number },
    settle: (outcome: Outcome) => void,
  ) {
    this.ask = ask;
    this.arrivedAtMs = arrival.arrivedAtMs;
    this.sequence = arrival.sequence;
    this.sinceMs = arrival.sinceMs;
    this.#settle = settle;
  }

  get settled(): boolean {
    return this.#settle === undefined;
  }

  /** Once and for all; the second time is a broken invariant. */
  settle(outcome: Outcome): void {
    const settle = this.#settle;
    if (settle === undefined) throw new Error(`Cannot settle request "${this.ask.id}": it has left the queue already`);
    this.#settle = undefined;
    settle(outcome);
  }
}

/** First come, first served, by the proxies' clocks. */
export const byArrival: Compare<QueueItem> = (a, b) => a.arrivedAtMs - b.arrivedAtMs || a.sequence - b.sequence;
