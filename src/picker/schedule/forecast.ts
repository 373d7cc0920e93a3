/** One request in a forecast of a server's KV cache. */
export interface Growth {
  /** In the cache when the forecast begins. */
  readonly tokens: number;
  /** Added in each step: one for each answer. */
  readonly perStep: number;
  /** Steps until it ends and its tokens leave. */
  readonly steps: number;
}

/**
 * The coming peak of a server's KV cache. Each request grows in each step until it ends; between two ends the sum only
 * rises, so that its peaks lie right before the ends. A candidate is tried in O(n) without changing the forecast.
 */
export class Forecast {
  /** Descending. */
  readonly #steps: Float64Array;
  /** Sums over the first i + 1: those that still run when number i ends. */
  readonly #tokens: Float64Array;
  readonly #perStep: Float64Array;
  readonly #baseTokens: number;

  /** `baseTokens`: load that does not change. */
  constructor(growths: readonly Growth[], baseTokens: number) {
    const sorted = growths.toSorted((a, b) => b.steps - a.steps);
    this.#steps = new Float64Array(sorted.length);
    this.#tokens = new Float64Array(sorted.length);
    this.#perStep = new Float64Array(sorted.length);
    this.#baseTokens = baseTokens;
    let tokens = 0;
    let perStep = 0;
    sorted.forEach((growth, i) => {
      this.#steps[i] = growth.steps;
      this.#tokens[i] = tokens += growth.tokens;
      this.#perStep[i] = perStep += growth.perStep;
    });
  }

  /** Highest sum that is to come, with `extra` begun at once. */
  peak(...extra: readonly Growth[]): number {
    let peak = this.#baseTokens;
    for (const steps of this.#ends(extra)) peak = Math.max(peak, this.#sumAt(steps) + sumOf(extra, steps));
    return peak;
  }

  /** How many copies of `copy` may begin at once, beside `extra`, so that the peak stays within `room`. */
  places(room: number, copy: Growth, ...extra: readonly Growth[]): number {
    let places = Number.POSITIVE_INFINITY;
    for (const steps of this.#ends([copy, ...extra])) {
      const left = room - this.#sumAt(steps) - sumOf(extra, steps);
      if (left < 0) return 0;
      if (steps <= copy.steps) places = Math.min(places, left / (copy.tokens + copy.perStep * steps));
    }
    return Math.floor(places);
  }

  *#ends(extra: readonly Growth[]): Iterable<number> {
    yield* this.#steps;
    for (const growth of extra) yield growth.steps;
  }

  /** What those that run for at least `steps` hold right before that many steps have passed. */
  #sumAt(steps: number): number {
    const running = this.#runningAt(steps);
    if (running === 0) return this.#baseTokens;
    return this.#baseTokens + (this.#tokens[running - 1] as number) + (this.#perStep[running - 1] as number) * steps;
  }

  #runningAt(steps: number): number {
    let low = 0;
    let high = this.#steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#steps[middle] as number) >= steps) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function sumOf(growths: readonly Growth[], steps: number): number {
  let sum = 0;
  for (const growth of growths) if (growth.steps >= steps) sum += growth.tokens + growth.perStep * steps;
  return sum;
}
