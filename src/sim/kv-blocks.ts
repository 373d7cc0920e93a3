import type { Sequence } from "./sequence.ts";

interface Holding {
  /** Blocks that this sequence alone has. */
  own: number;
  /** Blocks by their hash, shared with whoever has the same beginning. */
  readonly shared: Set<string>;
}

/**
 * Who holds which blocks of the KV cache. With prefix caching the whole blocks of a computed prompt are known by their
 * hash: they are shared, outlive the sequence while nobody needs the space, and the least recently used go first.
 */
export class KvBlocks {
  readonly total: number;
  readonly #blockSize: number;
  readonly #holdings = new Map<Sequence, Holding>();
  /** Holders of each shared block. */
  readonly #references = new Map<string, number>();
  /** Blocks that nobody holds but whose content is known; the oldest first. */
  readonly #idle = new Set<string>();
  #used = 0;

  constructor(total: number, blockSize: number) {
    this.total = total;
    this.#blockSize = blockSize;
  }

  /** Blocks that some sequence holds. */
  get used(): number {
    return this.#used;
  }

  /**
   * Gives a newcomer blocks for `tokens` tokens and returns how many of them are computed already; undefined, and
   * nothing given, unless `spare` blocks would stay free.
   */
  admit(sequence: Sequence, tokens: number, spare: number): number | undefined {
    const hits = this.#cachedPrefix(sequence);
    const woken = hits.filter((hash) => this.#idle.has(hash)).length;
    const fresh = Math.ceil(tokens / this.#blockSize) - hits.length;
    if (this.#used + woken + fresh + spare > this.total) return undefined;
    for (const hash of hits) this.#hold(hash);
    this.#holdings.set(sequence, { own: fresh, shared: new Set(hits) });
    this.#use(fresh);
    return hits.length * this.#blockSize;
  }

  /** Gives the sequence blocks for `tokens` tokens in all; false, and nothing given, when too few are free. */
  grow(sequence: Sequence, tokens: number): boolean {
    const holding = this.#holdings.get(sequence) as Holding;
    const more = Math.ceil(tokens / this.#blockSize) - holding.own - holding.shared.size;
    if (more <= 0) return true;
    if (this.#used + more > this.total) return false;
    holding.own += more;
    this.#use(more);
    return true;
  }

  /** The prompt is computed: later prompts with the same beginning find its blocks. */
  share(sequence: Sequence): void {
    const holding = this.#holdings.get(sequence) as Holding;
    for (const hash of sequence.request.prefixHashes ?? []) {
      if (holding.shared.has(hash) || this.#references.has(hash) || this.#idle.has(hash)) continue;
      holding.own--;
      holding.shared.add(hash);
      this.#references.set(hash, 1);
    }
  }

  free(sequence: Sequence): void {
    const holding = this.#holdings.get(sequence);
    if (holding === undefined) return;
    this.#holdings.delete(sequence);
    this.#used -= holding.own;
    for (const hash of holding.shared) this.#release(hash);
  }

  /** At least one token of a prompt is always computed, since the first one of the answer follows from it. */
  #cachedPrefix({ request }: Sequence): readonly string[] {
    const hashes = (request.prefixHashes ?? []).slice(0, Math.ceil(request.promptTokens / this.#blockSize) - 1);
    const missing = hashes.findIndex((hash) => !this.#references.has(hash) && !this.#idle.has(hash));
    return missing === -1 ? hashes : hashes.slice(0, missing);
  }

  #hold(hash: string): void {
    if (this.#idle.delete(hash)) this.#used++;
    this.#references.set(hash, (this.#references.get(hash) ?? 0) + 1);
  }

  #release(hash: string): void {
    const left = (this.#references.get(hash) ?? 1) - 1;
    if (left > 0) {
      this.#references.set(hash, left);
      return;
    }
    this.#references.delete(hash);
    this.#idle.add(hash);
    this.#used--;
  }

  #use(blocks: number): void {
    this.#used += blocks;
    for (const oldest of this.#idle) {
      if (this.#used + this.#idle.size <= this.total) break;
      this.#idle.delete(oldest);
    }
  }
}
