import type { QueueItem } from "./item.ts";
import type { FlowSettings } from "./ports.ts";

export type StarvationSettings = Pick<FlowSettings, "starvationBoundMs" | "starvationShare">;

/** Ten tenths are a little less than one. */
const whole = 1 - 1e-9;

/**
 * Who has waited too long for its level, and whether it may go ahead now. Of the placements at most a share goes ahead:
 * each that is made earns that share of the next one, and one is there from the start. Judged is who is next in each
 * band, so that a flow's own surplus is no starvation.
 */
export class Starvation {
  #earned = 1;

  /**
   * `heads`: the next of each band, the highest first, whose own turn it is: it goes ahead only of what is held back.
   * Undefined: nobody goes ahead.
   */
  next(heads: readonly QueueItem[], settings: StarvationSettings, queueTimeMs: number): QueueItem | undefined {
    const { starvationBoundMs, starvationShare } = settings;
    if (starvationBoundMs === 0 || starvationShare === 0 || this.#earned < whole) return undefined;
    const isOverdue = (item: QueueItem): boolean => queueTimeMs - item.sinceMs >= starvationBoundMs;
    const [highest, ...lower] = heads;
    const longest = lower.filter(isOverdue).toSorted((a, b) => a.sinceMs - b.sinceMs)[0];
    return longest ?? (highest !== undefined && isOverdue(highest) ? highest : undefined);
  }

  placed(ahead: boolean, { starvationShare }: StarvationSettings): void {
    this.#earned = Math.min(1, this.#earned - (ahead ? 1 : 0) + starvationShare);
  }

  /** When the next of them will have waited too long; infinite: never. */
  nextDueMs(heads: readonly QueueItem[], { starvationBoundMs }: StarvationSettings, queueTimeMs: number): number {
    if (starvationBoundMs === 0) return Number.POSITIVE_INFINITY;
    const due = heads.map(({ sinceMs }) => sinceMs + starvationBoundMs).filter((ms) => ms > queueTimeMs);
    return Math.min(Number.POSITIVE_INFINITY, ...due);
  }
}
