/** Where a request is served. The charge for it is in the ledger already. */
export interface Placement {
  /** Minted for this placement, never a client's: the key of its lease, sent along and read back from the access log. */
  readonly id: string;
  /** "ip:port": first the pick, then where a retry goes. Never empty. */
  readonly endpoints: readonly [string, ...string[]];
}
