import type { Cancel, Clock } from "../../src/lib/clock.ts";
import { IndexedHeap } from "../../src/lib/indexed-heap.ts";

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Time that jumps from timer to timer: a run of many minutes takes seconds. */
export class VirtualClock implements Clock {
  readonly #timers = new IndexedHeap<Timer>((a, b) => a.dueMs - b.dueMs || a.order - b.order);
  #nowMs = 0;
  #order = 0;

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#nowMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#timers.push(timer);
    return () => this.#timers.delete(timer);
  }

  /** Until `done` or until nothing is left to happen. */
  run(done: () => boolean): void {
    while (!done()) {
      const timer = this.#timers.peek();
      if (timer === undefined) return;
      this.#timers.delete(timer);
      this.#nowMs = timer.dueMs;
      timer.run();
    }
  }
}
