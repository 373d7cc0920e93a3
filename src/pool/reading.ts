import type { Engine } from "./engine-families.ts";

/** What one answered scrape said of a model server. Field names follow vLLM's. */
export interface Reading {
  /** Absent: vLLM. */
  readonly engine?: Engine;
  /** Requests that the server has accepted and not started. */
  readonly waiting: number;
  readonly running: number;
  /** Share of the KV cache in use, 0..1; absent where the server does not say. */
  readonly kvCacheUtil?: number;
  readonly cache?: CacheConfig;
  readonly adapters?: AdapterReading;
  /** Counters since the server started; absent where the server does not say. */
  readonly promptTokensTotal?: number;
  readonly generationTokensTotal?: number;
  readonly requestSuccessTotal?: number;
  readonly preemptionsTotal?: number;
}

export interface CacheConfig {
  /** Tokens in one block. */
  readonly blockSize: number;
  readonly blocks: number;
}

export interface AdapterReading {
  readonly running: readonly string[];
  readonly waiting: readonly string[];
  readonly max: number;
}
