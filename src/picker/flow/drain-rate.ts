const remembered = 16;
const longestRetryS = 60;

/** When a refused client may come again: about the time in which the present queue is served, 1 to 60 s. */
export class DrainRate {
  readonly #placedAtMs: number[] = [];

  placed(nowMs: number): void {
    this.#placedAtMs.push(nowMs);
    if (this.#placedAtMs.length > remembered) this.#placedAtMs.shift();
  }

  retryAfterS(waiting: number, nowMs: number): number {
    const firstMs = this.#placedAtMs[0];
    if (waiting === 0) return 1;
    if (firstMs === undefined) return longestRetryS;
    const perRequestS = (nowMs - firstMs) / 1_000 / this.#placedAtMs.length;
    return Math.min(longestRetryS, Math.max(1, Math.ceil(waiting * perRequestS)));
  }
}
