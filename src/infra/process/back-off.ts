export interface BackOffOptions {
  /** Before the first restart. */
  readonly firstMs: number;
  readonly maxMs: number;
  /** What ran this long is healthy again: its next end counts as the first. */
  readonly stableMs: number;
}

/** Delays between restarts: they double with each end that comes too soon after a start. */
export class BackOff {
  readonly #options: BackOffOptions;
  #failures = 0;

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** Delay before the next start of what has just ended after running for `ranMs`. */
  next(ranMs: number): number {
    const { firstMs, maxMs, stableMs } = this.#options;
    if (ranMs >= stableMs) this.#failures = 0;
    const delayMs = Math.min(maxMs, firstMs * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 30);
    return delayMs;
  }
}
