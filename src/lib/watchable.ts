/**
 * The edge between two stages: the latest value, and that it changed. A reader never sees a backlog and can start
 * from the current value at any time.
 */
export interface Watchable<T> {
  get(): T;
  /** Calls `onChange` after each change, not at once; the result ends the subscription. */
  subscribe(onChange: (value: T) => void): () => void;
}

export class WatchableValue<T> implements Watchable<T> {
  #value: T;
  readonly #readers = new Set<(value: T) => void>();

  constructor(initial: T) {
    this.#value = initial;
  }

  get(): T {
    return this.#value;
  }

  /** Readers run synchronously; a value identical to the current one wakes nobody. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const reader of [...this.#readers]) reader(value);
  }

  subscribe(onChange: (value: T) => void): () => void {
    this.#readers.add(onChange);
    return () => this.#readers.delete(onChange);
  }
}
