import type { Clock } from "../lib/clock.ts";
import { messageOf } from "../lib/message-of.ts";
import type { Log } from "../observe/log.ts";

/**
 * Tells that the API server is away, and that it is back, once for all who follow it: each of them would say it
 * otherwise, in each replica.
 */
export class Outage {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting = new Set<object>();
  #sinceMs = 0;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  failed(who: object, error: unknown): void {
    if (this.#waiting.size === 0) {
      this.#sinceMs = this.#clock.monotonicMs();
      const text = `The API server cannot be reached (${messageOf(error)}): it is asked until it answers`;
      this.#log.warn({ error: messageOf(error), text }, "The API server cannot be reached");
    }
    this.#waiting.add(who);
  }

  answered(who: object): void {
    if (!this.#waiting.delete(who) || this.#waiting.size > 0) return;
    this.#log.info({ ms: Math.round(this.#clock.monotonicMs() - this.#sinceMs) }, "The API server answers again");
  }
}
