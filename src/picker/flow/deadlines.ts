import { IndexedHeap } from "../../lib/indexed-heap.ts";
import type { QueueItem } from "./item.ts";
import type { FlowSettings } from "./ports.ts";

/** Envoy ends an ext_proc stream that is silent for an hour; an answer of ours must come before. */
export const longestWaitMs = 59 * 60_000;

/** A deadline missed by this much is a machine that slept: those that wait are given the time since the last event. */
const sleptMs = 5_000;

/**
 * Who is overdue, on a clock of the queue's own: the monotonic one without the time that the machine slept, where a
 * whole queue would expire at the moment of waking up.
 */
export class Deadlines {
  readonly #dueMs = new Map<QueueItem, number>();
  readonly #items = new IndexedHeap<QueueItem>((a, b) => this.#due(a) - this.#due(b) || a.sequence - b.sequence);
  #skippedMs = 0;
  #seenMs = 0;

  queueTime(monotonicMs: number): number {
    return monotonicMs - this.#skippedMs;
  }

  monotonic(queueTimeMs: number): number {
    return queueTimeMs + this.#skippedMs;
  }

  /** Of the last event. */
  get seenMs(): number {
    return this.#seenMs;
  }

  /** To be called with each event, before anything is judged overdue. */
  see(monotonicMs: number): void {
    const lateMs = monotonicMs - (this.nextDueMs ?? monotonicMs);
    if (lateMs > sleptMs) this.#skippedMs += monotonicMs - this.#seenMs;
    this.#seenMs = monotonicMs;
  }

  get nextDueMs(): number | undefined {
    const first = this.#items.peek();
    return first === undefined ? undefined : this.#due(first) + this.#skippedMs;
  }

  set(item: QueueItem, settings: FlowSettings): void {
    this.delete(item);
    this.#dueMs.set(item, item.sinceMs + limitMs(item, settings));
    this.#items.push(item);
  }

  delete(item: QueueItem): void {
    if (this.#items.delete(item)) this.#dueMs.delete(item);
  }

  isOverdue(item: QueueItem, settings: FlowSettings, monotonicMs: number): boolean {
    return item.sinceMs + limitMs(item, settings) <= this.queueTime(monotonicMs);
  }

  overdue(monotonicMs: number): QueueItem | undefined {
    const first = this.#items.peek();
    return first !== undefined && this.#due(first) <= this.queueTime(monotonicMs) ? first : undefined;
  }

  #due(item: QueueItem): number {
    return this.#dueMs.get(item) as number;
  }
}

function limitMs(item: QueueItem, settings: FlowSettings): number {
  const limits = [ttlMs(item, settings), item.ask.routeTimeoutMs].filter((ms) => ms > 0);
  return Math.min(longestWaitMs, ...limits);
}

/** 0: none. */
function ttlMs({ ask }: QueueItem, { queueTtlMs, maxDeadlineMs }: FlowSettings): number {
  if (ask.ttlMs === undefined) return queueTtlMs;
  const mostMs = maxDeadlineMs > 0 ? maxDeadlineMs : queueTtlMs;
  return mostMs > 0 ? Math.min(ask.ttlMs, mostMs) : ask.ttlMs;
}
