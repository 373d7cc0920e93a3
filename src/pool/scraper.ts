/** Scrapes one server, one scrape at a time, for as long as it is in a pool. */
import type { Cancel, Clock } from "../lib/clock.ts";
import type { ScrapeClient, ScrapeResult, ScrapeTarget } from "./scrape-client.ts";
import { scrapeIntervals, withJitter } from "./scrape-interval.ts";

export interface ScraperOptions {
  readonly clock: Clock;
  /** 0..1. */
  readonly random: () => number;
  readonly client: ScrapeClient;
  /** Asked before each scrape. */
  readonly target: () => ScrapeTarget;
  /** `sentAtMs`: monotonic; what happened later is not in the answer. */
  readonly onResult: (result: ScrapeResult, sentAtMs: number) => void;
  /** Asked after each result. */
  readonly intervalMs: () => number;
}

export class Scraper {
  readonly #options: ScraperOptions;
  #state:
    | { readonly kind: "scraping"; readonly cancel: Cancel }
    | { readonly kind: "pausing"; readonly untilMs: number; readonly cancel: Cancel }
    | { readonly kind: "stopped" } = { kind: "stopped" };

  constructor(options: ScraperOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#state.kind === "stopped") this.#scrape();
  }

  /** What happens at the server has just begun to matter: a pause ends soon. */
  hurry(): void {
    if (this.#state.kind !== "pausing") return;
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#state.untilMs - nowMs <= scrapeIntervals.nearSaturationMs) return;
    this.#state.cancel();
    this.#pause(scrapeIntervals.nearSaturationMs);
  }

  stop(): void {
    if (this.#state.kind !== "stopped") this.#state.cancel();
    this.#state = { kind: "stopped" };
  }

  #scrape(): void {
    const { clock, client, target, onResult, intervalMs, random } = this.#options;
    const sentAtMs = clock.monotonicMs();
    const cancel = client.scrape(target(), (result) => {
      onResult(result, sentAtMs);
      if (this.#state.kind !== "stopped") this.#pause(withJitter(intervalMs(), random()));
    });
    this.#state = { kind: "scraping", cancel };
  }

  #pause(ms: number): void {
    const { clock } = this.#options;
    this.#state = { kind: "pausing", untilMs: clock.monotonicMs() + ms, cancel: clock.after(ms, () => this.#scrape()) };
  }
}
