import { IndexedHeap } from "../../lib/indexed-heap.ts";
import { byArrival, type QueueItem } from "./item.ts";
import type { Line } from "./line.ts";

/** Ordering within one flow: first come, first served, in whatever order replays arrive. */
export class FirstComeLine implements Line {
  readonly #items = new IndexedHeap<QueueItem>(byArrival);

  get size(): number {
    return this.#items.size;
  }

  head(): QueueItem | undefined {
    return this.#items.peek();
  }

  add(item: QueueItem): void {
    this.#items.push(item);
  }

  remove(item: QueueItem): boolean {
    return this.#items.delete(item);
  }

  serve(item: QueueItem): boolean {
    return this.remove(item);
  }
}
