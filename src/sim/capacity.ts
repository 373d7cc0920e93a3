/** What one simulated model server can hold and how fast it is. The defaults are those of one A10 with a 7B model. */
export interface Capacity {
  readonly kvBlocks: number;
  /** Tokens of one block. */
  readonly blockSize: number;
  readonly maxSequences: number;
  /** Longest prompt and answer together, tokens. */
  readonly maxModelTokens: number;
  /** Share of the cache that admission leaves free, as in vLLM, so that a newcomer is not preempted at once. */
  readonly watermark: number;
  /** A step lasts `stepBaseMs + stepPerSequenceMs * running + prompt tokens of the step / prefillTokensPerMs`. */
  readonly stepBaseMs: number;
  readonly stepPerSequenceMs: number;
  readonly prefillTokensPerMs: number;
  /** Most prompt tokens that one step computes, over all sequences. */
  readonly prefillChunk: number;
  /** Adapters that may run in one step. */
  readonly maxLoras: number;
  readonly prefixCaching: boolean;
}

export const defaultCapacity: Capacity = {
  kvBlocks: 6_000,
  blockSize: 16,
  maxSequences: 256,
  maxModelTokens: 32_768,
  watermark: 0.01,
  stepBaseMs: 31,
  stepPerSequenceMs: 1.2,
  prefillTokensPerMs: 3.5,
  prefillChunk: 512,
  maxLoras: 4,
  prefixCaching: false,
};

/**
 * The same server for loads whose token counts are divided by `factor`: the cache shrinks, the speeds stay. Waits keep
 * their relation to service times, and a run takes a `factor`-th of the time.
 */
export function scaledCapacity(capacity: Capacity, factor: number): Capacity {
  return {
    ...capacity,
    kvBlocks: Math.max(1, Math.round(capacity.kvBlocks / factor)),
    maxModelTokens: Math.max(1, Math.floor(capacity.maxModelTokens / factor)),
  };
}
