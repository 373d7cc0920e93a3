import type { Sequence } from "./sequence.ts";

/** Who holds which blocks of the KV cache. */
export class KvBlocks {
  readonly total: number;
  readonly #blockSize: number;
  readonly #held = new Map<Sequence, number>();
  #used = 0;

  constructor(total: number, blockSize: number) {
    this.total = total;
    this.#blockSize = blockSize;
  }

  get used(): number {
    return this.#used;
  }

  /** Gives the sequence blocks for `tokens` tokens in all; false, and nothing given, unless `spare` would stay free. */
  grow(sequence: Sequence, tokens: number, spare = 0): boolean {
    const held = this.#held.get(sequence) ?? 0;
    const more = Math.ceil(tokens / this.#blockSize) - held;
    if (more <= 0) return true;
    if (this.#used + more + spare > this.total) return false;
    this.#used += more;
    this.#held.set(sequence, held + more);
    return true;
  }

  free(sequence: Sequence): void {
    this.#used -= this.#held.get(sequence) ?? 0;
    this.#held.delete(sequence);
  }
}
