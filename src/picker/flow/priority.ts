import type { QueueItem } from "./item.ts";
import type { Line } from "./line.ts";

interface Band {
  readonly priority: number;
  readonly line: Line;
}

/** Strict priority between bands: a lower one is served only while no higher one waits. A band exists while it is not empty. */
export class PriorityLine implements Line {
  readonly #newLine: () => Line;
  /** Highest first; never empty ones. */
  readonly #bands: Band[] = [];
  #size = 0;

  constructor(newLine: () => Line) {
    this.#newLine = newLine;
  }

  get size(): number {
    return this.#size;
  }

  /** Highest first. */
  get bands(): readonly Band[] {
    return this.#bands;
  }

  head(): QueueItem | undefined {
    return this.#bands[0]?.line.head();
  }

  add(item: QueueItem): void {
    const { priority } = item.ask;
    let at = this.#bands.findIndex((band) => band.priority <= priority);
    if (at < 0) at = this.#bands.length;
    if (this.#bands[at]?.priority !== priority) this.#bands.splice(at, 0, { priority, line: this.#newLine() });
    this.#bands[at]?.line.add(item);
    this.#size++;
  }

  remove(item: QueueItem): boolean {
    return this.#take(item, (line) => line.remove(item));
  }

  serve(item: QueueItem): boolean {
    return this.#take(item, (line) => line.serve(item));
  }

  #take(item: QueueItem, leave: (line: Line) => boolean): boolean {
    const at = this.#bands.findIndex((band) => band.priority === item.ask.priority);
    const line = this.#bands[at]?.line;
    if (line === undefined || !leave(line)) return false;
    if (line.size === 0) this.#bands.splice(at, 1);
    this.#size--;
    return true;
  }
}
