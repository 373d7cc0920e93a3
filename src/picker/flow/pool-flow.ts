import type { Cancel, Clock } from "../../lib/clock.ts";
import type { Compare } from "../../lib/compare.ts";
import type { Ask } from "./ask.ts";
import { FlowController, type FlowControllerOptions } from "./controller.ts";
import type { Outcome } from "./outcome.ts";
import type { FlowSettings, Moment } from "./ports.ts";
import type { FlowStats } from "./stats.ts";

/** Flow control of one pool with a clock: tells its controller the time, and wakes it when it is due. */
export class PoolFlow {
  readonly #clock: Clock;
  readonly #controller: FlowController;
  #armedForMs: number | undefined;
  #cancelTimer: Cancel | undefined;

  constructor(clock: Clock, options: FlowControllerOptions) {
    this.#clock = clock;
    this.#controller = new FlowController(options);
  }

  /** `settle` is called exactly once, maybe before this returns. The result cancels: the client left. */
  admit(ask: Ask, settle: (outcome: Outcome) => void): Cancel {
    const ticket = this.#then(this.#controller.admit(ask, settle, this.#now()));
    return () => this.#then(ticket.cancel(this.#now()));
  }

  configure(settings: FlowSettings): void {
    this.#then(this.#controller.configure(settings, this.#now()));
  }

  /** Whether the pool has any endpoint at all, in whatever state. */
  setHasEndpoints(has: boolean): void {
    this.#then(this.#controller.setHasEndpoints(has, this.#now()));
  }

  shutDown(): void {
    this.#then(this.#controller.shutDown(this.#now()));
  }

  retryAfterS(): number {
    return this.#controller.retryAfterS(this.#now());
  }

  stats(): FlowStats {
    return this.#controller.stats(this.#now());
  }

  get head(): { readonly priority: number; readonly arrivedAtMs: number } | undefined {
    return this.#controller.head;
  }

  /** Places who is next; false: nobody waits, or there is no room. */
  placeNext(): boolean {
    return this.#then(this.#controller.placeNext(this.#now()));
  }

  #now(): Moment {
    return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
  }

  #then<T>(result: T): T {
    const { nextDueMs } = this.#controller;
    if (nextDueMs === this.#armedForMs) return result;
    this.#cancelTimer?.();
    this.#armedForMs = nextDueMs;
    this.#cancelTimer =
      nextDueMs === undefined
        ? undefined
        : this.#clock.after(nextDueMs - this.#clock.monotonicMs(), () => {
            this.#armedForMs = undefined;
            this.#then(this.#controller.wake(this.#now()));
          });
    return result;
  }
}

/**
 * Places all that fits, over all pools that share servers: the highest level first, then the oldest, whichever pool it
 * waits in. To be called after a release, a reading, a server that became ready.
 */
export function drain(flows: Iterable<PoolFlow>): void {
  const left = new Set(flows);
  for (let next = first(left); next !== undefined; next = first(left)) {
    if (!next.placeNext()) left.delete(next);
  }
}

function first(flows: ReadonlySet<PoolFlow>): PoolFlow | undefined {
  let best: { readonly flow: PoolFlow; readonly head: Head } | undefined;
  for (const flow of flows) {
    const { head } = flow;
    if (head !== undefined && (best === undefined || byUrgency(head, best.head) < 0)) best = { flow, head };
  }
  return best?.flow;
}

type Head = NonNullable<PoolFlow["head"]>;

const byUrgency: Compare<Head> = (a, b) => b.priority - a.priority || a.arrivedAtMs - b.arrivedAtMs;
