import { IndexedHeap } from "../../lib/indexed-heap.ts";
import { byArrival, type QueueItem } from "./item.ts";
import type { Line } from "./line.ts";

/** What serving a request takes of its flow's share. */
export type Cost = (item: QueueItem) => number;

/** No flow is favoured: the band behaves as one line. */
export const free: Cost = () => 0;

export interface FairLineOptions {
  readonly cost: Cost;
  readonly newLine: () => Line;
  /** More flows at once share one. */
  readonly mostFlows?: number;
}

interface Flow {
  readonly name: string;
  readonly line: Line;
  /** Of the line, as the heap knows it; undefined while it is empty. */
  head: QueueItem | undefined;
  /** Cost served of it, on the scale of all flows: who has had least is next. */
  turn: number;
}

const defaultMostFlows = 1_000;
/** No header can spell it. */
const overflow = "\n";

/**
 * Fairness between the flows of one band: round robin, each turn as long as what was served costs (start-time fair
 * queueing, Goyal et al. 1996). A flow that comes, or comes back, begins where the one being served stands: it gets its
 * share from then on, and nothing for the time that it was away. One that is empty is known until the others have had
 * as much. Only a flow whose head changes finds its place anew, so thousands cost no more than their logarithm.
 */
export class FairLine implements Line {
  readonly #options: FairLineOptions;
  readonly #mostFlows: number;
  readonly #flows = new Map<string, Flow>();
  readonly #byTurn = new IndexedHeap<Flow>(
    (a, b) => a.turn - b.turn || byArrival(a.head as QueueItem, b.head as QueueItem),
  );
  /** Those that are empty. */
  readonly #idle = new IndexedHeap<Flow>((a, b) => a.turn - b.turn);
  /** Turn of the flow that was served last. */
  #served = 0;
  #size = 0;

  constructor(options: FairLineOptions) {
    this.#options = options;
    this.#mostFlows = options.mostFlows ?? defaultMostFlows;
  }

  get size(): number {
    return this.#size;
  }

  head(): QueueItem | undefined {
    return this.#byTurn.peek()?.head;
  }

  add(item: QueueItem): void {
    const flow = this.#flowFor(item.ask.flow);
    flow.line.add(item);
    this.#size++;
    if (flow.head !== undefined && flow.line.head() === flow.head) return;
    this.#idle.delete(flow);
    this.#byTurn.delete(flow);
    if (flow.head === undefined) flow.turn = Math.max(flow.turn, this.#served);
    this.#place(flow);
  }

  remove(item: QueueItem): boolean {
    return this.#take(item, 0);
  }

  serve(item: QueueItem): boolean {
    return this.#take(item, this.#options.cost(item));
  }

  #take(item: QueueItem, cost: number): boolean {
    const flow = this.#removeFrom(item.ask.flow, item) ?? this.#removeFrom(overflow, item);
    if (flow === undefined) return false;
    this.#byTurn.delete(flow);
    if (cost > 0) {
      this.#served = Math.max(this.#served, flow.turn);
      flow.turn += cost;
    }
    this.#place(flow);
    this.#size--;
    this.#forget();
    return true;
  }

  #flowFor(name: string): Flow {
    const known = this.#flows.get(name);
    if (known !== undefined) return known;
    if (this.#flows.size >= this.#mostFlows && name !== overflow) return this.#flowFor(overflow);
    const flow = { name, line: this.#options.newLine(), head: undefined, turn: this.#served };
    this.#flows.set(name, flow);
    return flow;
  }

  #removeFrom(name: string, item: QueueItem): Flow | undefined {
    const flow = this.#flows.get(name);
    return flow?.line.remove(item) === true ? flow : undefined;
  }

  #place(flow: Flow): void {
    flow.head = flow.line.head();
    if (flow.head === undefined) this.#idle.push(flow);
    else this.#byTurn.push(flow);
  }

  #forget(): void {
    for (let first = this.#idle.peek(); first !== undefined && first.turn <= this.#served; first = this.#idle.peek()) {
      this.#idle.delete(first);
      this.#flows.delete(first.name);
    }
  }
}
