import type { ModelServer } from "../../pool/server.ts";
import { Demand } from "./demand.ts";
import type { Growth } from "./forecast.ts";
import { growthOf, type Need } from "./need.ts";
import type { HeadroomRule } from "./rule-headroom.ts";
import type { Candidate } from "./score.ts";

const halfLifeMs = 10_000;

/**
 * Room kept for higher levels: a request may go where, beside it, the pool can still take in what the levels above have
 * lately needed and do not have at the moment. Without such levels, or once their demand has faded, it costs nothing.
 */
export class HoldBack {
  readonly #demand = new Demand(halfLifeMs);

  placed(priority: number, growth: Growth, servers: readonly ModelServer[], nowMs: number): void {
    this.#demand.placed(priority, growth, inFlight(servers, priority), nowMs);
  }

  /** Those of `withRoom` that may take the request. */
  allow(
    withRoom: readonly Candidate[],
    servers: readonly ModelServer[],
    need: Need,
    rule: HeadroomRule,
    nowMs: number,
  ): readonly Candidate[] {
    let allowed = withRoom;
    const missing = this.#demand.missingAbove(need.priority, (priority) => inFlight(servers, priority), nowMs);
    for (const { requests, typical } of missing) {
      const places = servers.reduce((sum, server) => sum + rule.places(server, typical, [], nowMs), 0);
      allowed = allowed.filter(({ server }) => {
        const taken = rule.places(server, typical, [], nowMs) - rule.places(server, typical, [growthOf(need)], nowMs);
        return places - taken >= requests;
      });
    }
    return allowed;
  }
}

function inFlight(servers: readonly ModelServer[], priority: number): number {
  return servers.reduce((sum, server) => sum + server.inFlight(priority), 0);
}
