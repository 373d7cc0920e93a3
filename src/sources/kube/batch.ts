import type { Cancel, Clock } from "../../lib/clock.ts";
import type { Resource } from "../../resources/admit.ts";
import type { Change, Outcome, Store } from "../store.ts";

/** Collects the changes of one turn of the event loop, so that a burst is one new value of the store and not many. */
export class Batch {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #onOutcomes: (outcomes: readonly Outcome[]) => void;
  #changes: Change[] = [];
  /** What the store will have; undefined: removed. */
  readonly #pending = new Map<string, Resource | undefined>();
  #cancel: Cancel | undefined;

  constructor(store: Store, clock: Clock, onOutcomes: (outcomes: readonly Outcome[]) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onOutcomes = onOutcomes;
  }

  /** As it will be once all changes are applied. */
  get(key: string): Resource | undefined {
    return this.#pending.has(key) ? this.#pending.get(key) : this.#store.get(key);
  }

  put(key: string, object: Resource): void {
    this.#add({ type: "put", object, generation: "keep" }, key, object);
  }

  remove(key: string): void {
    if (this.get(key) !== undefined) this.#add({ type: "remove", key }, key, undefined);
  }

  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const changes = this.#changes;
    this.#changes = [];
    this.#pending.clear();
    if (changes.length > 0) this.#onOutcomes(this.#store.apply(changes));
  }

  #add(change: Change, key: string, object: Resource | undefined): void {
    this.#changes.push(change);
    this.#pending.set(key, object);
    this.#cancel ??= this.#clock.after(0, () => this.flush());
  }
}
