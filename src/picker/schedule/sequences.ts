import type { ModelServer } from "../../pool/server.ts";

/**
 * Requests that the server has, by the larger of ledger and reading: after a restart of the picker the reading knows of
 * those that the ledger has not learned of yet, and somebody else may send requests too.
 */
export function sequencesOn({ leases, reading }: ModelServer): number {
  return Math.max(leases.size, (reading?.running ?? 0) + (reading?.waiting ?? 0));
}
