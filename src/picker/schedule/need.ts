import type { Charge, Lease } from "../../pool/ledger-lease.ts";
import type { ModelServer } from "../../pool/server.ts";
import type { Growth } from "./forecast.ts";

/** What a request will take of a server, as expected when it is placed. */
export type Need = Omit<Charge, "id">;

/** Past its expected output a request is expected to go on for this share of what it has produced. */
const overrun = 1 / 8;

export function growthOf(need: Need): Growth {
  return { startsIn: 0, tokens: need.promptTokens, perStep: need.answers, steps: need.outputTokens / need.answers };
}

/** What is to come of a request that the server has. */
export function growthOfLease(server: ModelServer, lease: Lease, nowMs: number): Growth {
  const blockSize = server.reading?.cache?.blockSize ?? 0;
  const produced = server.producedTokens(lease, nowMs);
  const left = Math.max(lease.outputTokens - produced, produced * overrun);
  const most = (lease.outputLimit ?? Number.POSITIVE_INFINITY) - produced;
  return {
    startsIn: 0,
    tokens: lease.promptTokens + produced + (lease.answers * blockSize) / 2, // The last block is half full on average.
    perStep: lease.answers,
    steps: Math.max(1, Math.min(left, most) / lease.answers),
  };
}
