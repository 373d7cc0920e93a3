import type { Cancel, Clock } from "./clock.ts";

export interface CoalesceOptions {
  readonly clock: Clock;
  /** Quiet time after the last signal before `run`. */
  readonly holdOffMs: number;
  /** Longest time from the first signal to `run`, however many follow. */
  readonly maxHoldOffMs: number;
  readonly run: () => void;
}

/** Many signals, few runs: each signal is followed by at least one whole run that starts after it. */
export class Coalesce {
  readonly #options: CoalesceOptions;
  #firstMs: number | undefined;
  #cancel: Cancel | undefined;

  constructor(options: CoalesceOptions) {
    this.#options = options;
  }

  /** A signal has not been followed by its run. */
  get isPending(): boolean {
    return this.#firstMs !== undefined;
  }

  signal(): void {
    const { clock, holdOffMs, maxHoldOffMs } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#firstMs ??= nowMs;
    this.#cancel?.();
    const dueMs = Math.min(nowMs + holdOffMs, this.#firstMs + maxHoldOffMs);
    this.#cancel = clock.after(Math.max(0, dueMs - nowMs), () => this.#run());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#firstMs = undefined;
  }

  #run(): void {
    this.#cancel = undefined;
    this.#firstMs = undefined;
    this.#options.run();
  }
}
