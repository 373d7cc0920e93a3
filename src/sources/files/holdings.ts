import { storeKey } from "../../resources/references.ts";
import type { Holding } from "./catalog.ts";

/** Which file holds which object, found by the object's key and by the file. */
export class Holdings {
  readonly #byKey = new Map<string, Holding>();
  readonly #keysByFile = new Map<string, Set<string>>();

  get all(): ReadonlyMap<string, Holding> {
    return this.#byKey;
  }

  get(key: string): Holding | undefined {
    return this.#byKey.get(key);
  }

  /** In the order in which they were first held. */
  keysOf(file: string): readonly string[] {
    return [...(this.#keysByFile.get(file) ?? [])];
  }

  /** An object that another file held changes hands. */
  set(holding: Holding): void {
    const key = storeKey(holding.object);
    const before = this.#byKey.get(key);
    if (before !== undefined && before.file !== holding.file) this.#release(key, before.file);
    this.#byKey.set(key, holding);
    const keys = this.#keysByFile.get(holding.file);
    if (keys === undefined) this.#keysByFile.set(holding.file, new Set([key]));
    else keys.add(key);
  }

  delete(key: string): void {
    const holding = this.#byKey.get(key);
    if (holding === undefined) return;
    this.#byKey.delete(key);
    this.#release(key, holding.file);
  }

  #release(key: string, file: string): void {
    const keys = this.#keysByFile.get(file);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysByFile.delete(file);
  }
}
