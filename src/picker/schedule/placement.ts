import type { ServerExplanation } from "./explanation.ts";

/** Where a request is served. The charge for it is in the ledger already. */
export interface Placement {
  /** Minted for this placement, never a client's: the key of its lease, sent along and read back from the access log. */
  readonly id: string;
  /** "ip:port": first the pick, then where a retry goes. Never empty. */
  readonly endpoints: readonly [string, ...string[]];
  /** Present where this decision was sampled. */
  readonly explanation?: Explanation;
}

export interface Explanation {
  /** Of the request, in tokens. */
  readonly expected: { readonly promptTokens: number; readonly outputTokens: number };
  readonly servers: readonly ServerExplanation[];
}
