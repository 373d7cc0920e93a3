import type { Charge } from "../../pool/ledger-lease.ts";
import type { ModelServer } from "../../pool/server.ts";
import type { Growth } from "./forecast.ts";

/** What a request will take of a server, as expected when it is placed. */
export type Need = Omit<Charge, "id">;

/** Past its expected output a request is expected to go on for this share of what it has produced. */
const overrun = 1 / 8;

export function growthOf(need: Need): Growth {
  return { tokens: need.promptTokens, perStep: need.answers, steps: need.outputTokens / need.answers };
}

/** What the server's own requests hold and will come to hold. */
export function growthsOn(server: ModelServer, nowMs: number): readonly Growth[] {
  const growths: Growth[] = [];
  const blockSize = server.reading?.cache?.blockSize ?? 0;
  for (const lease of server.leases.values()) {
    const produced = server.producedTokens(lease, nowMs);
    const left = Math.max(lease.outputTokens - produced, produced * overrun);
    const most = (lease.outputLimit ?? Number.POSITIVE_INFINITY) - produced;
    growths.push({
      tokens: lease.promptTokens + produced + (lease.answers * blockSize) / 2, // The last block is half full on average.
      perStep: lease.answers,
      steps: Math.max(1, Math.min(left, most) / lease.answers),
    });
  }
  return growths;
}
