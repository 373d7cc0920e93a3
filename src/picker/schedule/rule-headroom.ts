import type { ModelServer } from "../../pool/server.ts";
import { Forecast, type Growth } from "./forecast.ts";
import { growthOf, growthsOn, type Need } from "./need.ts";
import type { AdmissionRule } from "./rule.ts";

/** vLLM's default for `max-num-seqs`, which its metrics do not tell. */
const batchLimit = 256;
/** Share of the KV cache left free: vLLM's own watermark, and what the estimates miss. */
const margin = 0.03;

interface Known {
  readonly revision: number;
  readonly forecast: Forecast;
}

/**
 * A server has room while the coming peak of its KV cache fits, with the newcomer; while its batch is not full; and
 * while it starts what it is sent. The peak is predicted anew only when something changed on the server.
 */
export class HeadroomRule implements AdmissionRule {
  readonly #maxConcurrency: number;
  readonly #otherwise: AdmissionRule;
  readonly #forecasts = new WeakMap<ModelServer, Known>();

  /** `otherwise` rules servers whose cache is not known. */
  constructor(maxConcurrency: number, otherwise: AdmissionRule) {
    this.#maxConcurrency = maxConcurrency;
    this.#otherwise = otherwise;
  }

  load(server: ModelServer, need: Need, nowMs: number): number | undefined {
    const { cacheTokens } = server;
    if (server.kind === "unknown" || cacheTokens === undefined) return this.#otherwise.load(server, need, nowMs);
    if (!this.#starts(server)) return undefined;
    const room = cacheTokens * (1 - margin);
    const growth = growthOf(need);
    if (growth.tokens + growth.perStep * growth.steps >= room) return isIdle(server) ? 1 : undefined;
    const peak = this.#forecast(server, nowMs).peak(growth);
    return peak <= room ? peak / cacheTokens : undefined;
  }

  /** How many requests like `typical` could still be taken in, beside `extra`. */
  places(server: ModelServer, typical: Growth, extra: readonly Growth[], nowMs: number): number {
    const { cacheTokens } = server;
    if (cacheTokens === undefined) return 0;
    const batch = this.#batchLimit() - sequences(server) - extra.length;
    return Math.min(batch, this.#forecast(server, nowMs).places(cacheTokens * (1 - margin), typical, ...extra));
  }

  #starts(server: ModelServer): boolean {
    return server.unstarted < server.startWindow && sequences(server) < this.#batchLimit();
  }

  #batchLimit(): number {
    return this.#maxConcurrency > 0 ? this.#maxConcurrency : batchLimit;
  }

  #forecast(server: ModelServer, nowMs: number): Forecast {
    const known = this.#forecasts.get(server);
    if (known?.revision === server.revision) return known.forecast;
    const forecast = new Forecast(growthsOn(server, nowMs), server.foreignTokens);
    this.#forecasts.set(server, { revision: server.revision, forecast });
    return forecast;
  }
}

function sequences(server: ModelServer): number {
  return Math.max(server.leases.size, (server.reading?.running ?? 0) + (server.reading?.waiting ?? 0));
}

function isIdle(server: ModelServer): boolean {
  return server.leases.size === 0 && sequences(server) === 0;
}
