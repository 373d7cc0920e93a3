/**
 * Flow control of one pool: who waits, who is next, who leaves. It reads asks, the time and, through its placer, the
 * room; it produces one Outcome for each ask; it owns the queue. Everything is synchronous: between the look at the
 * room and the charge there is no await. It arms no timer: `nextDueMs` says when it wants to be woken.
 *
 *   admit --> refused
 *     |-----> queue --drain: highest band (or who starves), next flow, its oldest--> placed
 *               |--cancel, expire, displace, shut down-----------> evicted
 */
import type { Placement } from "../schedule/placement.ts";
import type { Ask } from "./ask.ts";
import { Deadlines, longestWaitMs } from "./deadlines.ts";
import { DrainRate } from "./drain-rate.ts";
import { QueueItem } from "./item.ts";
import type { EvictionReason, Outcome, RefusalReason } from "./outcome.ts";
import type { FlowSettings, Moment, Placer } from "./ports.ts";
import { Queue } from "./queue.ts";
import { Starvation } from "./starvation.ts";
import { type FlowStats, outcomeLabel } from "./stats.ts";

/** What the holder of an admitted request keeps. */
export interface Ticket {
  /** Settles at once; nothing happens when the request has settled already. */
  cancel(now: Moment, reason?: "client-gone" | "handed-over"): void;
}

export interface FlowControllerOptions {
  readonly placer: Placer;
  readonly settings: FlowSettings;
  /** What a request takes of its flow's share. Absent: flows are not told apart. */
  readonly cost?: (ask: Ask) => number;
}

/** Who is next, and whether it is since it waited too long. */
interface Next {
  readonly item: QueueItem;
  readonly ahead: boolean;
}

export class FlowController {
  readonly #placer: Placer;
  readonly #queue: Queue;
  readonly #deadlines = new Deadlines();
  readonly #rate = new DrainRate();
  readonly #starvation = new Starvation();
  readonly #outcomes = new Map<string, number>();
  #settings: FlowSettings;
  #sequence = 0;
  /** Since when the pool is known to have no endpoint at all. */
  #emptySinceMs: number | undefined;
  #shutDown = false;

  constructor({ placer, settings, cost }: FlowControllerOptions) {
    this.#queue = new Queue(cost && (({ ask }) => cost(ask)));
    this.#placer = placer;
    this.#settings = settings;
  }

  /** `settle` is called exactly once, maybe before this returns. */
  admit(ask: Ask, settle: (outcome: Outcome) => void, now: Moment): Ticket {
    this.#deadlines.see(now.monotonicMs);
    const item = this.#newItem(ask, settle, now);
    const refusal = this.#reasonToRefuse(item, now);
    if (refusal !== undefined) {
      this.#settle(item, { kind: "refused", reason: refusal });
      return noTicket;
    }
    const replayed = this.#queue.sameRequest(ask);
    if (replayed !== undefined) this.#evict(replayed, "replaced", now);
    this.#enqueue(item);
    if (this.#next()?.item === item) this.drain(now);
    if (!item.settled) this.#enforceLimits(item, now);
    return { cancel: (at, reason = "client-gone") => this.#evict(item, reason, at) };
  }

  /** Places all that fits: after a release, a reading, a server that became ready. */
  drain(now: Moment): void {
    while (this.placeNext(now));
  }

  /** Who is next; pools that share servers compare theirs. */
  get head(): { readonly priority: number; readonly arrivedAtMs: number } | undefined {
    const next = this.#next();
    // Who goes ahead of a level counts as one of it.
    const level = this.#queue.head()?.ask.priority ?? 0;
    return next && { priority: level, arrivedAtMs: next.item.arrivedAtMs };
  }

  /** False: nobody waits, or there is no room for who is next. */
  placeNext(now: Moment): boolean {
    this.#deadlines.see(now.monotonicMs);
    const next = this.#next();
    if (next === undefined) return false;
    const { item, ahead } = next;
    // Whose turn it is anyway needs no privilege, unless room is held back from it.
    const asUsual = ahead && item === this.#queue.head() ? this.#place({ item, ahead: false }, now) : undefined;
    const placement = asUsual ?? this.#place(next, now);
    if (placement === undefined) return false;
    this.#deadlines.delete(item);
    this.#queue.serve(item);
    this.#starvation.placed(ahead && asUsual === undefined, this.#settings);
    this.#rate.placed(now.monotonicMs);
    this.#settle(item, { kind: "placed", placement, waitedMs: this.#waitedMs(item, now) });
    return true;
  }

  /** Evicts what is overdue, then drains. */
  wake(now: Moment): void {
    this.#deadlines.see(now.monotonicMs);
    for (let item = this.#deadlines.overdue(now.monotonicMs); item; item = this.#deadlines.overdue(now.monotonicMs)) {
      this.#evict(item, "ttl-expired", now);
    }
    if (this.#endpointsDueMs() <= now.monotonicMs) this.#evictAll("no-endpoints", now);
    this.drain(now);
  }

  /** Monotonic; undefined: nothing is due by time alone. */
  get nextDueMs(): number | undefined {
    if (this.#queue.size === 0) return undefined;
    const dueMs = Math.min(
      this.#deadlines.nextDueMs ?? Number.POSITIVE_INFINITY,
      this.#endpointsDueMs(),
      this.#starvationDueMs(),
    );
    return Number.isFinite(dueMs) ? dueMs : undefined;
  }

  /** Takes effect at once. Those that wait keep their place; lower limits refuse newcomers only. */
  configure(settings: FlowSettings, now: Moment): void {
    this.#settings = settings;
    for (const item of this.#queue) this.#deadlines.set(item, settings);
    this.wake(now);
  }

  /** Whether the pool has any endpoint at all, in whatever state. */
  setHasEndpoints(has: boolean, now: Moment): void {
    this.#emptySinceMs = has ? undefined : (this.#emptySinceMs ?? now.monotonicMs);
    this.wake(now);
  }

  /** Evicts all, refuses what comes after. */
  shutDown(now: Moment): void {
    this.#shutDown = true;
    this.#evictAll("shutting-down", now);
  }

  retryAfterS(now: Moment): number {
    return this.#rate.retryAfterS(this.#queue.size, now.monotonicMs);
  }

  stats(now: Moment): FlowStats {
    return {
      waiting: this.#queue.size,
      waitingBytes: this.#queue.bytes,
      bands: this.#queue.bands().map(({ priority, head }) => ({
        priority,
        waiting: this.#queue.tally(priority).requests,
        bytes: this.#queue.tally(priority).bytes,
        oldestWaitMs: this.#waitedMs(head, now),
      })),
      outcomes: Object.fromEntries(this.#outcomes),
    };
  }

  /** A proxy's clock may be ahead or far behind: no request came after now, none waits longer than it may. */
  #newItem(ask: Ask, settle: (outcome: Outcome) => void, now: Moment): QueueItem {
    const ageMs = Math.min(longestWaitMs, Math.max(0, now.wallMs - ask.requestTimeMs));
    const arrival = {
      arrivedAtMs: now.wallMs - ageMs,
      sinceMs: this.#deadlines.queueTime(now.monotonicMs) - ageMs,
      sequence: this.#queue.sameRequest(ask)?.sequence ?? this.#sequence++,
    };
    return new QueueItem(ask, arrival, settle);
  }

  #reasonToRefuse(item: QueueItem, now: Moment): RefusalReason | undefined {
    if (this.#shutDown) return "shutting-down";
    if (this.#endpointsDueMs() <= now.monotonicMs) return "no-endpoints";
    if (this.#deadlines.isOverdue(item, this.#settings, now.monotonicMs)) return "ttl-expired";
    if (!this.#settings.queueing && !isCritical(item.ask) && this.#placer.saturated(now)) return "saturated";
    return undefined;
  }

  /** The classic rule sends what is critical to the best server, full or not. */
  #place({ item: { ask }, ahead }: Next, now: Moment): Placement | undefined {
    if (this.#settings.queueing) return this.#placer.place(ask, now, ahead);
    return isCritical(ask) || !this.#placer.saturated(now) ? this.#placer.placeAnyway(ask, now) : undefined;
  }

  /** In a full queue the newcomer takes the places of the newest of lower levels, if theirs are enough. */
  #enforceLimits(newcomer: QueueItem, now: Moment): void {
    const { maxQueuedRequests, maxQueuedBytes } = this.#settings;
    const below = this.#queue.below(newcomer.ask.priority);
    const full = (freed: { readonly requests: number; readonly bytes: number }): boolean =>
      this.#queue.size - freed.requests > maxQueuedRequests || this.#queue.bytes - freed.bytes > maxQueuedBytes;
    if (full(below)) {
      this.#dequeue(newcomer);
      this.#settle(newcomer, { kind: "refused", reason: "queue-full" });
      return;
    }
    while (full({ requests: 0, bytes: 0 })) this.#evict(this.#queue.victim() as QueueItem, "displaced", now);
  }

  #enqueue(item: QueueItem): void {
    this.#queue.add(item);
    this.#deadlines.set(item, this.#settings);
  }

  #dequeue(item: QueueItem): boolean {
    this.#deadlines.delete(item);
    return this.#queue.remove(item);
  }

  #evict(item: QueueItem, reason: EvictionReason, now: Moment): void {
    const wasNext = this.#next()?.item === item;
    if (!this.#dequeue(item)) return;
    this.#settle(item, { kind: "evicted", reason, waitedMs: this.#waitedMs(item, now) });
    if (wasNext && reason === "client-gone") this.drain(now); // The next may need less.
  }

  #evictAll(reason: EvictionReason, now: Moment): void {
    for (let item = this.#queue.head(); item !== undefined; item = this.#queue.head()) this.#evict(item, reason, now);
  }

  /** As of the last event. */
  #next(): Next | undefined {
    const head = this.#queue.head();
    if (head === undefined || this.#settings.starvationBoundMs === 0) return head && { item: head, ahead: false };
    const starving = this.#starvation.next(this.#queue.heads(), this.#settings, this.#queueTimeMs());
    return { item: starving ?? head, ahead: starving !== undefined };
  }

  #queueTimeMs(): number {
    return this.#deadlines.queueTime(this.#deadlines.seenMs);
  }

  #starvationDueMs(): number {
    if (this.#settings.starvationBoundMs === 0) return Number.POSITIVE_INFINITY;
    const dueMs = this.#starvation.nextDueMs(this.#queue.heads(), this.#settings, this.#queueTimeMs());
    return this.#deadlines.monotonic(dueMs);
  }

  #endpointsDueMs(): number {
    if (this.#emptySinceMs === undefined) return Number.POSITIVE_INFINITY;
    return this.#emptySinceMs + this.#settings.waitForEndpointsMs;
  }

  #waitedMs(item: QueueItem, now: Moment): number {
    return Math.max(0, this.#deadlines.queueTime(now.monotonicMs) - item.sinceMs);
  }

  #settle(item: QueueItem, outcome: Outcome): void {
    const label = outcomeLabel(outcome);
    this.#outcomes.set(label, (this.#outcomes.get(label) ?? 0) + 1);
    item.settle(outcome);
  }
}

const noTicket: Ticket = { cancel() {} };

function isCritical(ask: Ask): boolean {
  return ask.priority > 0;
}
