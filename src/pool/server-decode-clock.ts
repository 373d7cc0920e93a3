/** Readings that are further apart say little about the speed in between. */
const longestIntervalMs = 10_000;
/** Weight of the newest interval in the speed that bridges the time to the next reading. */
const smoothing = 0.3;

/**
 * How many tokens a sequence that has been decoding on a server all the time would have produced: all running sequences
 * get one token in each step, so that one number tells the progress of each. Driven by the server's own counter.
 */
export class DecodeClock {
  #tokens = 0;
  #tokensPerMs = 0;
  #total: number | undefined;
  #running = 0;
  #readAtMs = 0;

  /** `total`: the server's counter of generated tokens. A counter that fell means a restarted server. */
  read(total: number | undefined, running: number, atMs: number): void {
    const elapsedMs = atMs - this.#readAtMs;
    const sequences = (running + this.#running) / 2;
    if (total !== undefined && this.#total !== undefined && total >= this.#total && sequences > 0 && elapsedMs > 0) {
      const tokens = (total - this.#total) / sequences;
      this.#tokens += tokens;
      if (elapsedMs <= longestIntervalMs && running > 0) {
        const weight = this.#tokensPerMs === 0 ? 1 : smoothing;
        this.#tokensPerMs += weight * (tokens / elapsedMs - this.#tokensPerMs);
      }
    }
    this.#total = total;
    this.#running = running;
    this.#readAtMs = atMs;
  }

  get tokensPerMs(): number {
    return this.#tokensPerMs;
  }

  /** Between readings, and where they fail, it goes on at the last known speed. */
  at(nowMs: number): number {
    return this.#tokens + this.#tokensPerMs * Math.max(0, nowMs - this.#readAtMs);
  }
}
