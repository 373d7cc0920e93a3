/** What flow control needs of others. */
import type { Placement } from "../schedule/placement.ts";
import type { Ask } from "./ask.ts";

/** One moment by both clocks. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export interface Placer {
  /**
   * Places the request and charges the ledger for it in the same step, or says that no server has room for it at its
   * level. Synchronous; nothing may happen between the look and the charge. `ahead`: what is held back for higher
   * levels is not held back from it.
   */
  place(ask: Ask, now: Moment, ahead?: boolean): Placement | undefined;
  /** The classic rule, without a queue: the best server whether it has room or not; undefined where none is eligible. */
  placeAnyway(ask: Ask, now: Moment): Placement | undefined;
  /** By the `utilization` rule: no server has room for a request more. */
  saturated(now: Moment): boolean;
}

/** The part of a pool's settings that concerns waiting. */
export interface FlowSettings {
  readonly queueing: boolean;
  /** 0: none. */
  readonly queueTtlMs: number;
  /** What a client may ask for in the place of `queueTtlMs`; 0: a shorter wait only. */
  readonly maxDeadlineMs: number;
  /** 0: none. Who has waited longer is served ahead of higher levels. */
  readonly starvationBoundMs: number;
  /** Of the placements, at most, are those; 0..1. */
  readonly starvationShare: number;
  readonly maxQueuedRequests: number;
  readonly maxQueuedBytes: number;
  /** 0: a pool without endpoints refuses at once. */
  readonly waitForEndpointsMs: number;
}
