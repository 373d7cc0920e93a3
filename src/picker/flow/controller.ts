/**
 * Flow control of one pool: who waits, who is next, who leaves. It reads asks, the time and, through its placer, the
 * room; it produces one Outcome for each ask; it owns the queue. Everything is synchronous: between the look at the
 * room and the charge there is no await. It arms no timer: `nextDueMs` says when it wants to be woken.
 *
 *   admit --> refused
 *     |-----> queue --drain: highest band, next flow, its oldest--> placed
 *               |--cancel, expire, displace, shut down-----------> evicted
 */
import type { Ask } from "./ask.ts";
import type { Outcome } from "./outcome.ts";
import type { FlowSettings, Moment, Placer } from "./ports.ts";

/** What the holder of an admitted request keeps. */
export interface Ticket {
  /** The client left. Settles at once; nothing happens when the request has settled already. */
  cancel(now: Moment): void;
}

export interface FlowController {
  /** `settle` is called exactly once, maybe before this returns. */
  admit(ask: Ask, settle: (outcome: Outcome) => void, now: Moment): Ticket;
  /** Places all that fits. After an arrival elsewhere on the servers, a release, a reading. */
  drain(now: Moment): void;
  /** Evicts what is overdue, then drains. */
  wake(now: Moment): void;
  /** Monotonic; undefined: nothing is due by time alone. */
  readonly nextDueMs: number | undefined;
  /** Takes effect at once, also for those that wait. */
  configure(settings: FlowSettings, now: Moment): void;
  /** Whether the pool has any endpoint at all, in whatever state. */
  setHasEndpoints(has: boolean, now: Moment): void;
  /** Evicts all, refuses what comes after. */
  shutDown(now: Moment): void;
  stats(now: Moment): FlowStats;
}

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
  /** By `outcomeLabel`. */
  readonly outcomes: Readonly<Record<string, number>>;
}

export type CreateFlowController = (options: {
  readonly placer: Placer;
  readonly settings: FlowSettings;
}) => FlowController;
