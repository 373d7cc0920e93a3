/**
 * Room kept for higher levels. A request may go where, beside it, the pool can still take in what the levels above have
 * lately needed and do not have at the moment, and where those that end find their followers' places. Where such a
 * level has not asked for anything since the pool was last idle, all that may be held back is, for some seconds: its
 * clients may be about to come, and the places that lower levels take now are gone for as long as an answer lasts.
 * Without higher levels, or once their demand has faded, it costs nothing.
 */
import type { ModelServer } from "../../pool/server.ts";
import { Demand, type Expected, type InFlight } from "./demand.ts";
import { growthOf, type Need } from "./need.ts";
import type { HeadroomRule } from "./rule-headroom.ts";
import type { Candidate } from "./score.ts";

/** Of the expectation that a level comes of which nothing is known: clients of one job start within seconds. */
const unknownHalfLifeMs = 3_000;
/** A follower that takes longer than this part of an answer's time is not waited for: half of the expectation fades. */
const partOfAnswer = 1 / 15;
const shortestHalfLifeMs = 1_000;
const longestHalfLifeMs = 30_000;

export class HoldBack {
  readonly #demand = new Demand();
  #share = 0;
  #levels: readonly number[] = [];
  /** First ask since the pool was idle with nobody waiting. */
  #busyFromMs: number | undefined;
  /** The last ask found no place, so somebody waits. */
  #blocked = false;

  /** `share`: of the pool's room, at most, is kept; `levels`: those that the pool's models are known to have. */
  configure(share: number, levels: readonly number[]): void {
    this.#share = share;
    this.#levels = levels;
  }

  /** A request waits for want of room. */
  waits(): void {
    this.#blocked = true;
  }

  placed(need: Need, servers: readonly ModelServer[], nowMs: number): void {
    this.#blocked = false;
    this.#demand.placed(need.priority, growthOf(need), inFlightOn(servers), nowMs, this.#halfLifeMs(servers));
  }

  /** To be called whenever a request may have ended. */
  observe(servers: readonly ModelServer[], nowMs: number): void {
    if (!this.#blocked && servers.every(({ leases }) => leases.size === 0)) this.#busyFromMs = undefined;
    this.#demand.observe(inFlightOn(servers), nowMs, this.#halfLifeMs(servers));
  }

  /** Those of `withRoom` that may take the request; `servers`: all that may take any. */
  allow(
    withRoom: readonly Candidate[],
    servers: readonly ModelServer[],
    need: Need,
    rule: HeadroomRule,
    nowMs: number,
  ): readonly Candidate[] {
    if (this.#share === 0) return withRoom;
    this.observe(servers, nowMs);
    this.#busyFromMs ??= nowMs;
    let allowed = withRoom;
    for (const expected of this.#expectedAbove(need, servers, rule, nowMs)) {
      const all = servers.reduce((sum, server) => sum + rule.places(server, expected, nowMs), 0);
      allowed = allowed.filter(({ server }) => {
        if (!rule.canHoldBack(server, need)) return true;
        const left = rule.placesBeside(growthOf(need), server, expected, nowMs);
        return left !== undefined && all - rule.places(server, expected, nowMs) + left >= expected.missing;
      });
    }
    this.#blocked = allowed.length === 0;
    return allowed;
  }

  #expectedAbove(need: Need, servers: readonly ModelServer[], rule: HeadroomRule, nowMs: number): readonly Expected[] {
    const known = this.#demand.above(need.priority);
    const unknown = this.#levels.filter(
      (level) => level > need.priority && !known.some(({ priority }) => priority === level),
    );
    const likely = 2 ** (-(nowMs - (this.#busyFromMs ?? nowMs)) / unknownHalfLifeMs);
    const inFlight = inFlightOn(servers);
    return [
      ...known,
      ...unknown.map((priority) => ({ priority, missing: 0, followed: 1, typical: growthOf(need) })),
    ].map((expected) => {
      const most = this.#share * servers.reduce((sum, server) => sum + rule.placesIfEmpty(server, expected.typical), 0);
      const missing = Math.max(expected.missing, likely * most - inFlight(expected.priority));
      // The share bounds: of a single place it keeps nothing.
      return { ...expected, missing: Math.min(Math.floor(most), Math.round(missing)) };
    });
  }

  #halfLifeMs(servers: readonly ModelServer[]): number {
    const slowest = Math.min(...servers.map(({ decodeClock }) => decodeClock.tokensPerMs).filter((speed) => speed > 0));
    const answerMs = Number.isFinite(slowest) ? this.#demand.longestSteps / slowest : longestHalfLifeMs;
    return Math.min(longestHalfLifeMs, Math.max(shortestHalfLifeMs, answerMs * partOfAnswer));
  }
}

function inFlightOn(servers: readonly ModelServer[]): InFlight {
  return (priority) => servers.reduce((sum, server) => sum + server.inFlight(priority), 0);
}
