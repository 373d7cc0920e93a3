/** When to look at a server again: often where a decision may hang on it, seldom where nothing goes on. */

export const scrapeIntervals = { nearSaturationMs: 50, busyMs: 250, idleMs: 1_000, brokenMs: 100 } as const;

/** KV cache use from which the next request may not fit. */
const nearlyFull = 0.5;

export interface ServerActivity {
  readonly running: number;
  readonly waiting: number;
  readonly kvCacheUtil: number;
  /** Sent by us and not ended. */
  readonly inFlight: number;
  /** A request waits in one of the server's pools: its next reading may be what lets it go. */
  readonly awaited: boolean;
}

export function scrapeIntervalMs(activity: ServerActivity): number {
  const { running, waiting, kvCacheUtil, inFlight, awaited } = activity;
  if (awaited || waiting > 0 || kvCacheUtil >= nearlyFull) return scrapeIntervals.nearSaturationMs;
  return running > 0 || inFlight > 0 ? scrapeIntervals.busyMs : scrapeIntervals.idleMs;
}

/** Back-off between scrapes of a server that refuses them. */
export function refusedIntervalMs(refusedInARow: number): number {
  return Math.min(scrapeIntervals.idleMs, scrapeIntervals.brokenMs * 2 ** Math.min(Math.max(0, refusedInARow - 3), 10));
}

/** A tenth to either side, so that many servers are not scraped in step. `random` is in 0..1. */
export function withJitter(intervalMs: number, random: number): number {
  return intervalMs * (0.9 + 0.2 * random);
}
