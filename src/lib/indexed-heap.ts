import type { Compare } from "./compare.ts";

/** A binary heap that can remove any value in O(log n). A value is in it at most once. */
export class IndexedHeap<T> {
  readonly #compare: Compare<T>;
  readonly #values: T[] = [];
  readonly #positions = new Map<T, number>();

  /** First the value that `compare` puts before all others. */
  constructor(compare: Compare<T>) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#values.length;
  }

  peek(): T | undefined {
    return this.#values[0];
  }

  push(value: T): void {
    if (this.#positions.has(value)) throw new Error("Cannot push value: the heap has it already");
    this.#values.push(value);
    this.#rise(value, this.#values.length - 1);
  }

  /** False: it was not there. */
  delete(value: T): boolean {
    const at = this.#positions.get(value);
    if (at === undefined) return false;
    this.#positions.delete(value);
    const last = this.#values.pop() as T;
    if (at < this.#values.length) this.#sink(last, this.#rise(last, at));
    return true;
  }

  /** In no order. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#values[Symbol.iterator]();
  }

  #rise(value: T, from: number): number {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#values[parentAt] as T;
      if (this.#compare(value, parent) >= 0) break;
      this.#put(parent, at);
      at = parentAt;
    }
    this.#put(value, at);
    return at;
  }

  #sink(value: T, from: number): void {
    let at = from;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= this.#values.length) break;
      const right = this.#values[childAt + 1];
      if (right !== undefined && this.#compare(right, this.#values[childAt] as T) < 0) childAt++;
      const child = this.#values[childAt] as T;
      if (this.#compare(child, value) >= 0) break;
      this.#put(child, at);
      at = childAt;
    }
    this.#put(value, at);
  }

  #put(value: T, at: number): void {
    this.#values[at] = value;
    this.#positions.set(value, at);
  }
}
