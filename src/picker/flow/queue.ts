/**
 * All requests of a pool that wait, seen from each side that matters: who is next, who is overdue first, who would make
 * place first, who is the same request. It owns the counts; nothing here knows of servers.
 */
import { IndexedHeap } from "../../lib/indexed-heap.ts";
import type { Ask } from "./ask.ts";
import { type Cost, FairLine, free } from "./fairness.ts";
import { byArrival, type QueueItem } from "./item.ts";
import { FirstComeLine } from "./ordering.ts";
import { PriorityLine } from "./priority.ts";

export interface Tally {
  readonly requests: number;
  readonly bytes: number;
}

const nothing: Tally = { requests: 0, bytes: 0 };

export class Queue {
  readonly #line: PriorityLine;
  /** Lowest band first, in it the newest. */
  readonly #victims = new IndexedHeap<QueueItem>((a, b) => a.ask.priority - b.ask.priority || byArrival(b, a));
  readonly #byRequest = new Map<string, QueueItem>();
  readonly #tallies = new Map<number, Tally>();
  #bytes = 0;

  constructor(cost: Cost = free) {
    this.#line = new PriorityLine(() => new FairLine({ cost, newLine: () => new FirstComeLine() }));
  }

  get size(): number {
    return this.#line.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  head(): QueueItem | undefined {
    return this.#line.head();
  }

  /** Who leaves first where a more important one needs the place. */
  victim(): QueueItem | undefined {
    return this.#victims.peek();
  }

  /** The waiting request that `ask` repeats. A client may repeat an id, but not at the same microsecond. */
  sameRequest(ask: Ask): QueueItem | undefined {
    return ask.id === "" ? undefined : this.#byRequest.get(requestKey(ask));
  }

  add(item: QueueItem): void {
    this.#line.add(item);
    this.#victims.push(item);
    this.#byRequest.set(requestKey(item.ask), item);
    this.#count(item.ask, 1);
  }

  /** False: it is not here. */
  remove(item: QueueItem): boolean {
    return this.#line.remove(item) && this.#forget(item);
  }

  /** It leaves for a server. False: it is not here. */
  serve(item: QueueItem): boolean {
    return this.#line.serve(item) && this.#forget(item);
  }

  #forget(item: QueueItem): true {
    this.#victims.delete(item);
    const key = requestKey(item.ask);
    if (this.#byRequest.get(key) === item) this.#byRequest.delete(key);
    this.#count(item.ask, -1);
    return true;
  }

  tally(priority: number): Tally {
    return this.#tallies.get(priority) ?? nothing;
  }

  /** What waits in bands under `priority`. */
  below(priority: number): Tally {
    let below = nothing;
    for (const [band, { requests, bytes }] of this.#tallies) {
      if (band < priority) below = { requests: below.requests + requests, bytes: below.bytes + bytes };
    }
    return below;
  }

  /** Who is next in each band. */
  heads(): readonly QueueItem[] {
    return this.#line.bands.map(({ line }) => line.head() as QueueItem);
  }

  /** Highest priority first, with who is next in each. */
  bands(): readonly { readonly priority: number; readonly head: QueueItem }[] {
    return this.#line.bands.map(({ priority, line }) => ({ priority, head: line.head() as QueueItem }));
  }

  [Symbol.iterator](): IterableIterator<QueueItem> {
    return this.#victims[Symbol.iterator]();
  }

  #count({ priority, bytes }: Ask, sign: 1 | -1): void {
    const tally = this.tally(priority);
    const requests = tally.requests + sign;
    if (requests === 0) this.#tallies.delete(priority);
    else this.#tallies.set(priority, { requests, bytes: tally.bytes + sign * bytes });
    this.#bytes += sign * bytes;
  }
}

function requestKey(ask: Ask): string {
  return `${ask.requestTimeMs} ${ask.id}`;
}
