import { LRUCache } from "lru-cache";
import type { PrefixChain } from "./chain.ts";

/**
 * Blocks that one server has probably kept. A block is always more recent than those that follow it in its prompt, so
 * that the end of a prompt is forgotten before its beginning: what is known of a chain is a beginning of it.
 */
export class KnownPrefixes {
  readonly capacity: number;
  readonly #blocks: LRUCache<bigint, true>;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#blocks = new LRUCache({ max: capacity });
  }

  get size(): number {
    return this.#blocks.size;
  }

  remember(chain: PrefixChain): void {
    for (let place = Math.min(chain.length, this.capacity) - 1; place >= 0; place--) {
      this.#blocks.set(chain[place] as bigint, true);
    }
  }

  /** Blocks of the chain that are known, by bisection. */
  matched(chain: PrefixChain): number {
    let known = 0;
    let unknown = chain.length + 1;
    while (unknown - known > 1) {
      const middle = (known + unknown) >> 1;
      if (this.#blocks.has(chain[middle - 1] as bigint)) known = middle;
      else unknown = middle;
    }
    return known;
  }
}
