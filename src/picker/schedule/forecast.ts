/** One request in a forecast of a server's KV cache. A step gives each running answer one token. */
export interface Growth {
  /** Steps from now until it is there. */
  readonly startsIn: number;
  /** In the cache from its start. */
  readonly tokens: number;
  /** Added in each step: one for each answer. */
  readonly perStep: number;
  /** Steps from its start until it ends and its tokens leave. */
  readonly steps: number;
}

interface Change {
  readonly at: number;
  readonly tokens: number;
  readonly perStep: number;
}

/**
 * The course of a server's KV cache. Between two changes, a start or an end, the sum only rises, so that its peaks lie
 * right before the changes. A candidate is tried in O(n) without changing the forecast, and only while it would run.
 */
export class Forecast {
  /** Ascending; the first is 0. */
  readonly #at: Float64Array;
  /** From the change on: the sum, and what each step adds. */
  readonly #tokens: Float64Array;
  readonly #perStep: Float64Array;

  /** `baseTokens`: load that does not change. */
  constructor(growths: readonly Growth[], baseTokens: number) {
    // At one moment ends come before starts: a follower takes the place that was left.
    const changes = growths.flatMap(changesOf).sort((a, b) => a.at - b.at || a.tokens - b.tokens);
    this.#at = new Float64Array(changes.length + 1);
    this.#tokens = new Float64Array(changes.length + 1);
    this.#perStep = new Float64Array(changes.length + 1);
    let at = 0;
    let tokens = baseTokens;
    let perStep = 0;
    this.#tokens[0] = tokens;
    changes.forEach((change, i) => {
      tokens += perStep * (change.at - at) + change.tokens;
      perStep += change.perStep;
      at = change.at;
      this.#at[i + 1] = at;
      this.#tokens[i + 1] = tokens;
      this.#perStep[i + 1] = perStep;
    });
  }

  /** Highest sum while `extra` runs, which begins at once. */
  peak(extra: Growth): number {
    let peak = 0;
    this.#eachPeak(extra.steps, (sum, steps) => {
      peak = Math.max(peak, sum + heldBy(extra, steps));
    });
    return peak;
  }

  /** How many like `copy` may begin at once, beside `extra`, so that the sum stays within `room` while they run. */
  places(room: number, copy: Growth, extra?: Growth): number {
    let places = Number.POSITIVE_INFINITY;
    const fit = (sum: number, steps: number): void => {
      const left = room - sum - (extra !== undefined && extra.steps >= steps ? heldBy(extra, steps) : 0);
      places = Math.min(places, left / heldBy(copy, steps));
    };
    this.#eachPeak(copy.steps, fit);
    if (extra !== undefined && extra.steps < copy.steps) fit(this.#sumBefore(extra.steps), extra.steps);
    return Math.max(0, Math.floor(places));
  }

  #eachPeak(until: number, visit: (sum: number, steps: number) => void): void {
    for (let i = 1; i < this.#at.length && (this.#at[i] as number) < until; i++) {
      visit(this.#sumFrom(i - 1, this.#at[i] as number), this.#at[i] as number);
    }
    visit(this.#sumBefore(until), until);
  }

  #sumBefore(steps: number): number {
    let low = 0;
    let high = this.#at.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#at[middle] as number) < steps) low = middle + 1;
      else high = middle;
    }
    return this.#sumFrom(Math.max(0, low - 1), steps);
  }

  #sumFrom(change: number, steps: number): number {
    return (
      (this.#tokens[change] as number) + (this.#perStep[change] as number) * (steps - (this.#at[change] as number))
    );
  }
}

function changesOf({ startsIn, tokens, perStep, steps }: Growth): readonly Change[] {
  return [
    { at: startsIn, tokens, perStep },
    { at: startsIn + steps, tokens: -(tokens + perStep * steps), perStep: -perStep },
  ];
}

function heldBy(growth: Growth, steps: number): number {
  return growth.tokens + growth.perStep * steps;
}
