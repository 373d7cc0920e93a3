import type { Clock } from "../../lib/clock.ts";

const firstMs = 1_000;
const longestMs = 60_000;

interface Failure {
  readonly version: string;
  readonly count: number;
  readonly dueMs: number;
  readonly problem: string;
}

/** What could not be written, and when each is tried again: pauses double, with jitter. A new version is tried at once. */
export class FailedWrites {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #failures = new Map<string, Failure>();

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Undefined: it may be tried. */
  waiting(what: string, version: string): { readonly inMs: number; readonly problem: string } | undefined {
    const failure = this.#failures.get(what);
    const inMs = (failure?.dueMs ?? 0) - this.#clock.monotonicMs();
    return failure?.version !== version || inMs <= 0 ? undefined : { inMs, problem: failure.problem };
  }

  failed(
    what: string,
    version: string,
    problem: string,
    askedMs = 0,
  ): { readonly inMs: number; readonly problem: string } {
    const last = this.#failures.get(what);
    const count = last?.version === version ? last.count + 1 : 1;
    const pauseMs = Math.min(longestMs, firstMs * 2 ** Math.min(count - 1, 10)) * (0.5 + 0.5 * this.#random());
    const inMs = Math.max(pauseMs, Math.min(askedMs, longestMs));
    this.#failures.set(what, { version, count, dueMs: this.#clock.monotonicMs() + inMs, problem });
    return { inMs, problem };
  }

  succeeded(what: string): void {
    this.#failures.delete(what);
  }
}
