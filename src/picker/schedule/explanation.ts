import type { ModelServer, ServerState } from "../../pool/server.ts";
import type { Candidate, Ranked } from "./score.ts";

/** What a decision says of one server: why it got nothing, or how good it was. */
export interface ServerExplanation {
  readonly address: string;
  readonly verdict: "picked" | "fallback" | "outranked" | "no-room" | "held-back" | Exclude<ServerState, "ready">;
  /** Share of its room in use with the request; absent where it has none. */
  readonly load?: number;
  /** Weighted, and their sum; absent where it was not scored. */
  readonly scores?: Readonly<Record<string, number>>;
  readonly score?: number;
  /** Sent and not ended, before this request. */
  readonly inFlight: number;
}

/** What one decision went through; the same values that decided it. */
export interface DecisionSteps {
  readonly servers: readonly ModelServer[];
  readonly withRoom: readonly Candidate[];
  /** Best first. */
  readonly ranked: readonly Ranked[];
  /** Addresses: the pick, then where a retry goes. */
  readonly endpoints: readonly string[];
}

/** Servers that are told of one decision at most: the ranked ones first. */
const mostServers = 64;

export function explain({ servers, withRoom, ranked, endpoints }: DecisionSteps): readonly ServerExplanation[] {
  const scored = new Map(ranked.map((one) => [one.server, one]));
  const roomy = new Map(withRoom.map((one) => [one.server, one]));
  const rest = servers.filter((server) => !scored.has(server));
  return [...scored.keys(), ...rest].slice(0, mostServers).map((server) => {
    const { address, state, leases } = server;
    const score = scored.get(server);
    const load = roomy.get(server)?.load;
    return {
      address,
      verdict: verdictOf(address, state, endpoints, score !== undefined, load !== undefined),
      ...(load === undefined ? {} : { load }),
      ...(score === undefined ? {} : { scores: score.scores, score: score.score }),
      inFlight: leases.size,
    };
  });
}

function verdictOf(
  address: string,
  state: ServerState,
  [pick, ...retries]: readonly string[],
  scored: boolean,
  hasRoom: boolean,
): ServerExplanation["verdict"] {
  if (state !== "ready") return state;
  if (address === pick) return "picked";
  if (retries.includes(address)) return "fallback";
  if (scored) return "outranked";
  return hasRoom ? "held-back" : "no-room";
}
