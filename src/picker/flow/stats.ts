import type { Outcome } from "./outcome.ts";

export interface FlowStats {
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Highest priority first. */
  readonly bands: readonly {
    readonly priority: number;
    readonly waiting: number;
    readonly bytes: number;
    readonly oldestWaitMs: number;
  }[];
  /** Settled since start, by `outcomeLabel`. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** For counters and metrics: "placed", or "refused-" or "evicted-" with the reason. */
export function outcomeLabel(outcome: Outcome): string {
  return outcome.kind === "placed" ? "placed" : `${outcome.kind}-${outcome.reason}`;
}
