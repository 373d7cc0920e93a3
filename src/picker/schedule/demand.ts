import type { Growth } from "./forecast.ts";

/** Weight of the newest request in a level's typical size. */
const smoothing = 0.1;

interface Level {
  peak: number;
  peakAtMs: number;
  typical: Growth;
}

/**
 * What each level has lately needed: the most requests it had in flight at once, fading, and what a typical one of them
 * takes. What is missing to that peak is likely to be asked for again, soon, and more urgently than what lower levels
 * could do with the room.
 */
export class Demand {
  readonly #halfLifeMs: number;
  readonly #levels = new Map<number, Level>();

  constructor(halfLifeMs: number) {
    this.#halfLifeMs = halfLifeMs;
  }

  /** `inFlight`: of the level, with this one. */
  placed(priority: number, growth: Growth, inFlight: number, nowMs: number): void {
    const level = this.#levels.get(priority);
    if (level === undefined) {
      this.#levels.set(priority, { peak: inFlight, peakAtMs: nowMs, typical: growth });
      return;
    }
    if (inFlight >= this.#faded(level, nowMs)) {
      level.peak = inFlight;
      level.peakAtMs = nowMs;
    }
    level.typical = {
      tokens: level.typical.tokens + smoothing * (growth.tokens - level.typical.tokens),
      perStep: level.typical.perStep + smoothing * (growth.perStep - level.typical.perStep),
      steps: level.typical.steps + smoothing * (growth.steps - level.typical.steps),
    };
  }

  /** For each level above `priority` that misses some: how many requests, of what kind. */
  missingAbove(
    priority: number,
    inFlight: (priority: number) => number,
    nowMs: number,
  ): readonly { readonly requests: number; readonly typical: Growth }[] {
    const missing: { readonly requests: number; readonly typical: Growth }[] = [];
    for (const [above, level] of this.#levels) {
      if (above <= priority) continue;
      const requests = Math.round(this.#faded(level, nowMs) - inFlight(above));
      if (requests > 0) missing.push({ requests, typical: level.typical });
    }
    return missing;
  }

  #faded(level: Level, nowMs: number): number {
    return level.peak * 2 ** (-(nowMs - level.peakAtMs) / this.#halfLifeMs);
  }
}
