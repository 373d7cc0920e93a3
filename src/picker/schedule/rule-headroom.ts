import type { ModelServer } from "../../pool/server.ts";
import type { Expected } from "./demand.ts";
import { Forecast, type Growth } from "./forecast.ts";
import { growthOf, growthOfLease, type Need } from "./need.ts";
import type { AdmissionRule } from "./rule.ts";
import { sequencesOn } from "./sequences.ts";

/** vLLM's default for `max-num-seqs`, which its metrics do not tell. */
const batchLimit = 256;
/**
 * Share of the KV cache that requests leave free for those above them, beside what is held back: predictions miss, and
 * the highest level should find the room all the same.
 */
const lowerMargin = 0.06;

export interface HeadroomSettings {
  /** 0: none. */
  readonly maxConcurrency: number;
  readonly metricsStalenessMs: number;
}

/** The request at the front of the queue is tried again and again, on servers of which one has changed. */
interface Tried<Result> {
  readonly growth: Growth;
  readonly result: Result;
}

interface Known {
  readonly revision: number;
  readonly forecast: Forecast;
  peak: Tried<number> | undefined;
}

/** A forecast in which one level goes on. */
interface Followed {
  readonly revision: number;
  readonly forecast: Forecast;
  readonly priority: number;
  readonly typical: Growth;
  readonly followed: number;
  readonly horizon: number;
  /** Worked out on demand. */
  places: number | undefined;
  beside: Tried<number | undefined> | undefined;
}

/**
 * A server has room while the coming peak of its KV cache fits, with the newcomer; while its batch is not full; and
 * while it starts what it is sent. The peak is predicted anew only when something changed on the server.
 */
export class HeadroomRule implements AdmissionRule {
  readonly #settings: HeadroomSettings;
  readonly #otherwise: AdmissionRule;
  readonly #forecasts = new WeakMap<ModelServer, Known>();
  readonly #followedForecasts = new WeakMap<ModelServer, Followed>();

  /** `otherwise` rules servers whose cache is not known. */
  constructor(settings: HeadroomSettings, otherwise: AdmissionRule) {
    this.#settings = settings;
    this.#otherwise = otherwise;
  }

  load(server: ModelServer, need: Need, nowMs: number): number | undefined {
    const { cacheTokens } = server;
    if (server.kind === "unknown" || cacheTokens === undefined) return this.#otherwise.load(server, need, nowMs);
    if (sequencesOn(server) >= this.#batchLimit() || !this.#starts(server, nowMs)) return undefined;
    if (isOversize(need, cacheTokens)) return isIdle(server) ? 1 : undefined;
    const known = this.#known(server, nowMs);
    known.peak = triedOr(known.peak, growthOf(need), (growth) => known.forecast.peak(growth));
    const load = known.peak.result / cacheTokens;
    return load <= 1 ? load : undefined;
  }

  /** Not where the room is unknown, nor for what was given an idle server: it would wait for ever. */
  canHoldBack({ cacheTokens }: ModelServer, need: Need): boolean {
    return cacheTokens !== undefined && !isOversize(need, cacheTokens);
  }

  /**
   * How many requests like the typical one the server could take, if each of its level that ends is followed by one
   * like it.
   */
  places(server: ModelServer, expected: Expected, nowMs: number): number {
    const known = this.#followed(server, expected, expected.typical.steps, nowMs);
    known.places ??= this.#placesIn(known.forecast, server, expected.typical);
    return known.places;
  }

  /** The same beside `extra`; undefined: `extra` itself would not fit beside the followers. */
  placesBeside(extra: Growth, server: ModelServer, expected: Expected, nowMs: number): number | undefined {
    const known = this.#followed(server, expected, Math.max(expected.typical.steps, extra.steps), nowMs);
    known.beside = triedOr(known.beside, extra, () =>
      known.forecast.peak(extra) <= roomOf(server)
        ? this.#placesIn(known.forecast, server, expected.typical, extra)
        : undefined,
    );
    return known.beside.result;
  }

  #placesIn(forecast: Forecast, server: ModelServer, typical: Growth, extra?: Growth): number {
    const batch = this.#batchLimit() - sequencesOn(server) - (extra === undefined ? 0 : 1);
    return Math.max(0, Math.min(batch, forecast.places(roomOf(server), typical, extra)));
  }

  #followed(server: ModelServer, expected: Expected, horizon: number, nowMs: number): Followed {
    const { priority, typical } = expected;
    const followed = Math.round(expected.followed * 20) / 20;
    const known = this.#followedForecasts.get(server);
    if (
      known?.revision === server.revision &&
      known.priority === priority &&
      known.typical === typical &&
      known.followed === followed &&
      known.horizon >= horizon
    )
      return known;
    const growths = [...server.leases.values()].flatMap((lease) => {
      const growth = growthOfLease(server, lease, nowMs);
      return lease.priority === priority ? [growth, ...followers(growth, typical, followed, horizon)] : [growth];
    });
    const forecast = new Forecast(growths, server.foreignTokens);
    const { revision } = server;
    const anew = { revision, priority, typical, followed, horizon, forecast, places: undefined, beside: undefined };
    this.#followedForecasts.set(server, anew);
    return anew;
  }

  placesIfEmpty({ cacheTokens = 0 }: ModelServer, typical: Growth): number {
    return Math.min(this.#batchLimit(), Math.floor(cacheTokens / (typical.tokens + typical.perStep * typical.steps)));
  }

  /** Where readings fail, nothing is seen to start: then the ledger's forecast alone decides. */
  #starts(server: ModelServer, nowMs: number): boolean {
    const ageMs = nowMs - (server.readAtMs ?? Number.NEGATIVE_INFINITY);
    return server.unstarted < server.startWindow || ageMs > this.#settings.metricsStalenessMs;
  }

  #batchLimit(): number {
    return this.#settings.maxConcurrency > 0 ? this.#settings.maxConcurrency : batchLimit;
  }

  #known(server: ModelServer, nowMs: number): Known {
    const known = this.#forecasts.get(server);
    if (known?.revision === server.revision) return known;
    const growths = [...server.leases.values()].map((lease) => growthOfLease(server, lease, nowMs));
    const forecast = new Forecast(growths, server.foreignTokens);
    const anew = { revision: server.revision, forecast, peak: undefined };
    this.#forecasts.set(server, anew);
    return anew;
  }
}

function triedOr<Result>(
  tried: Tried<Result> | undefined,
  growth: Growth,
  attempt: (growth: Growth) => Result,
): Tried<Result> {
  const { tokens, perStep, steps } = growth;
  const before = tried?.growth;
  if (tried !== undefined && before?.tokens === tokens && before.perStep === perStep && before.steps === steps)
    return tried;
  return { growth, result: attempt(growth) };
}

/** One after the other, up to `horizon` steps from now. What is less than certain counts by its likelihood. */
function followers(first: Growth, typical: Growth, followed: number, horizon: number): readonly Growth[] {
  const growths: Growth[] = [];
  const tokens = typical.tokens * followed;
  const perStep = typical.perStep * followed;
  const steps = Math.max(1, typical.steps);
  for (let startsIn = first.steps; startsIn < horizon; startsIn += steps) {
    growths.push({ startsIn, tokens, perStep, steps });
  }
  return growths;
}

/** What requests under the highest level may fill. */
function roomOf({ cacheTokens = 0 }: ModelServer): number {
  return cacheTokens * (1 - lowerMargin);
}

/** Larger than what a server lets in beside others: the estimate may be wrong, or the server will preempt. */
function isOversize(need: Need, cacheTokens: number): boolean {
  return need.promptTokens + need.outputTokens > cacheTokens * (1 - lowerMargin);
}

function isIdle(server: ModelServer): boolean {
  return server.leases.size === 0 && sequencesOn(server) === 0;
}
