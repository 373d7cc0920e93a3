import type { Compare } from "../../lib/compare.ts";
import { IndexedHeap } from "../../lib/indexed-heap.ts";
import { byArrival, type QueueItem } from "./item.ts";
import type { Line } from "./line.ts";

/** Which flow of a band is next, by the heads of two that wait. */
export type Fairness = Compare<QueueItem>;

/** No flow is favoured: the band behaves as one line. */
export const oldestFirst: Fairness = byArrival;

interface Flow {
  readonly line: Line;
  /** Of the line, as the heap knows it. */
  head: QueueItem;
}

/**
 * Fairness between the flows of one band. A flow exists while it has requests. Only a flow whose head changes finds its
 * place anew, so thousands of them cost no more than their logarithm.
 */
export class FairLine implements Line {
  readonly #newLine: () => Line;
  readonly #flows = new Map<string, Flow>();
  readonly #byHead: IndexedHeap<Flow>;
  #size = 0;

  constructor(fairness: Fairness, newLine: () => Line) {
    this.#byHead = new IndexedHeap((a, b) => fairness(a.head, b.head));
    this.#newLine = newLine;
  }

  get size(): number {
    return this.#size;
  }

  head(): QueueItem | undefined {
    return this.#byHead.peek()?.head;
  }

  add(item: QueueItem): void {
    const known = this.#flows.get(item.ask.flow);
    const flow = known ?? { line: this.#newLine(), head: item };
    flow.line.add(item);
    if (known === undefined) {
      this.#flows.set(item.ask.flow, flow);
      this.#byHead.push(flow);
    } else this.#place(flow);
    this.#size++;
  }

  remove(item: QueueItem): boolean {
    const flow = this.#flows.get(item.ask.flow);
    if (flow === undefined || !flow.line.remove(item)) return false;
    if (flow.line.size === 0) {
      this.#byHead.delete(flow);
      this.#flows.delete(item.ask.flow);
    } else this.#place(flow);
    this.#size--;
    return true;
  }

  #place(flow: Flow): void {
    const head = flow.line.head();
    if (head === undefined || head === flow.head) return;
    // A heap must not see a value change while it holds it.
    this.#byHead.delete(flow);
    flow.head = head;
    this.#byHead.push(flow);
  }
}
