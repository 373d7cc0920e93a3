import type { Cancel, Clock } from "../../src/lib/clock.ts";
import type { ScrapeClient, ScrapeResult, ScrapeTarget } from "../../src/pool/scrape-client.ts";

export const idlePage = "vllm:num_requests_running 0\nvllm:num_requests_waiting 0\nvllm:kv_cache_usage_perc 0\n";

export function answered(page: string, status = 200): ScrapeResult {
  return { kind: "answered", status, page: Buffer.from(page) };
}

export const refused: ScrapeResult = { kind: "refused", reason: "connect ECONNREFUSED" };

/** Answers each scrape after `latencyMs` with what `results` holds for "ip:port", else with an idle page. */
export class FakeScrapeClient implements ScrapeClient {
  readonly #clock: Clock;
  latencyMs = 1;
  readonly results = new Map<string, ScrapeResult>();
  readonly scrapes: string[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  scrape({ ip, port }: ScrapeTarget, done: (result: ScrapeResult) => void): Cancel {
    const address = `${ip}:${port}`;
    this.scrapes.push(address);
    return this.#clock.after(this.latencyMs, () => done(this.results.get(address) ?? answered(idlePage)));
  }

  stop(): void {}
}
