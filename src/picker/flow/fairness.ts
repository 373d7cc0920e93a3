import { byArrival, type QueueItem } from "./item.ts";
import type { Line } from "./line.ts";

/** Which flow of a band is next: given the heads of all that wait, never none. */
export type Fairness = (heads: readonly QueueItem[]) => QueueItem;

/** No flow is favoured: the band behaves as one line. */
export const oldestFirst: Fairness = (heads) =>
  heads.reduce((oldest, head) => (byArrival(head, oldest) < 0 ? head : oldest));

/** Fairness between the flows of one band. A flow exists while it has requests. */
export class FairLine implements Line {
  readonly #fairness: Fairness;
  readonly #newLine: () => Line;
  readonly #flows = new Map<string, Line>();
  #size = 0;

  constructor(fairness: Fairness, newLine: () => Line) {
    this.#fairness = fairness;
    this.#newLine = newLine;
  }

  get size(): number {
    return this.#size;
  }

  head(): QueueItem | undefined {
    const heads: QueueItem[] = [];
    for (const flow of this.#flows.values()) heads.push(flow.head() as QueueItem);
    return heads.length === 0 ? undefined : this.#fairness(heads);
  }

  add(item: QueueItem): void {
    let flow = this.#flows.get(item.ask.flow);
    if (flow === undefined) {
      flow = this.#newLine();
      this.#flows.set(item.ask.flow, flow);
    }
    flow.add(item);
    this.#size++;
  }

  remove(item: QueueItem): boolean {
    const flow = this.#flows.get(item.ask.flow);
    if (flow === undefined || !flow.remove(item)) return false;
    if (flow.size === 0) this.#flows.delete(item.ask.flow);
    this.#size--;
    return true;
  }
}
