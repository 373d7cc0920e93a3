import type { Growth } from "./forecast.ts";

/** Weight of the newest request in what is typical of a level. */
const smoothing = 0.1;

interface Level {
  inFlight: number;
  /** Requests that ended and were not followed by others yet, fading. */
  missing: number;
  missingAtMs: number;
  followed: number;
  typical: Growth;
}

/** What is likely to be asked for at one level. */
export interface Expected {
  readonly priority: number;
  /** Requests that it lately had in flight and does not have at the moment. */
  readonly missing: number;
  /** How likely it is that a request that ends is followed by another, 0..1. */
  readonly followed: number;
  readonly typical: Growth;
}

export type InFlight = (priority: number) => number;

/**
 * What each level has lately needed. A request that ended is likely to be followed by one like it: clients keep so many
 * in flight. If none follows in time, the expectation fades, and so does the belief in followers.
 */
export class Demand {
  readonly #levels = new Map<number, Level>();

  /** After a placement, which `inFlight` counts already. */
  placed(priority: number, growth: Growth, inFlight: InFlight, nowMs: number, halfLifeMs: number): void {
    this.observe(inFlight, nowMs, halfLifeMs);
    const level = this.#levels.get(priority);
    if (level !== undefined) level.typical = blend(level.typical, growth);
    else {
      const first = { inFlight: inFlight(priority), missing: 0, missingAtMs: nowMs, followed: 1, typical: growth };
      this.#levels.set(priority, first);
    }
  }

  /** To be called whenever a request may have ended. */
  observe(inFlight: InFlight, nowMs: number, halfLifeMs: number): void {
    for (const [priority, level] of this.#levels) {
      const more = inFlight(priority) - level.inFlight;
      const missing = level.missing * 2 ** (-(nowMs - level.missingAtMs) / halfLifeMs);
      level.followed *= 1 - Math.min(1, smoothing * (level.missing - missing));
      level.followed += Math.min(1, smoothing * Math.max(0, more)) * (1 - level.followed);
      level.missing = Math.max(0, missing - more);
      level.missingAtMs = nowMs;
      level.inFlight += more;
    }
  }

  /** As last observed, for each level above `priority` that ever asked. */
  above(priority: number): readonly Expected[] {
    const expected: Expected[] = [];
    for (const [above, { missing, followed, typical }] of this.#levels) {
      if (above > priority) expected.push({ priority: above, missing, followed, typical });
    }
    return expected;
  }

  /** Steps of a typical request of the longest level. */
  get longestSteps(): number {
    let steps = 0;
    for (const { typical } of this.#levels.values()) steps = Math.max(steps, typical.steps);
    return steps;
  }
}

function blend(old: Growth, latest: Growth): Growth {
  return {
    startsIn: 0,
    tokens: old.tokens + smoothing * (latest.tokens - old.tokens),
    perStep: old.perStep + smoothing * (latest.perStep - old.perStep),
    steps: old.steps + smoothing * (latest.steps - old.steps),
  };
}
