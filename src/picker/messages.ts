/** What the picker thread and the control thread tell each other. Plain data: it crosses by structured clone. */
import type { ClusterKey, EndpointIr, PoolIr, PoolKey } from "../model/ir.ts";
import type { ServerExplanation } from "./schedule/explanation.ts";
import type { WaitedFor } from "./schedule/wait-causes.ts";

/** control -> picker, latest value. */
export interface PoolTable {
  readonly sequence: number;
  readonly pools: readonly PoolEntry[];
}

export interface PoolEntry {
  readonly pool: PoolIr;
  /** Plain, since seals do not cross threads: never to be shown. */
  readonly scrapeCredential?: string;
  readonly endpoints: readonly PoolEndpoint[];
}

export interface PoolEndpoint extends EndpointIr {
  /** All connected proxies of the pool's Gateways have acknowledged it, or 1 s has passed since it was sent. */
  readonly programmed: boolean;
}

/** picker -> control, latest value, about once a second and at once when a cluster is named first or last. */
export interface PickerState {
  readonly queues: readonly QueueState[];
  readonly endpoints: readonly EndpointState[];
  /** Clusters that a waiting or running request names, with their counts: not to be removed from a proxy. */
  readonly clustersInUse: Readonly<Record<ClusterKey, number>>;
}

export interface QueueState {
  readonly pool: PoolKey;
  readonly queueing: boolean;
  readonly admission: "headroom" | "utilization";
  readonly saturated: boolean;
  readonly bands: readonly BandState[];
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly limits: { readonly requests: number; readonly bytes: number };
  readonly outcomes: Readonly<Record<string, number>>;
}

export interface BandState {
  readonly priority: number;
  readonly waiting: number;
  readonly bytes: number;
  readonly oldestWaitMs: number;
}

export interface EndpointState {
  readonly address: string;
  readonly name: string;
  readonly pools: readonly PoolKey[];
  /** "ready" or why it gets nothing. */
  readonly state: "ready" | "unread" | "not-programmed" | "ejected" | "not-ready" | "draining";
  readonly kind: "vllm" | "sglang" | "trt-llm" | "unknown";
  /** Age of the last answered scrape; absent when there is none. */
  readonly readingAgeMs?: number;
  readonly waiting?: number;
  readonly running?: number;
  readonly kvCacheUtil?: number;
  readonly kvCacheTokens?: number;
  /** The server's own counter of tokens that it produced. */
  readonly generatedTokensTotal?: number;
  readonly inFlight: number;
  readonly inFlightTokens: number;
  readonly lastError?: string;
}

/** picker -> control, when asked. */
export interface DecisionPage {
  /** Since the picker's start: requests that were placed or refused, and those of them that were sampled. */
  readonly decided: number;
  readonly sampled: number;
  /** Newest first. */
  readonly decisions: readonly Decision[];
}

/** How one request was placed or refused. */
export interface Decision {
  /** Wall clock. */
  readonly timeMs: number;
  /** The proxy's x-request-id. */
  readonly requestId: string;
  readonly pool: PoolKey;
  readonly model: string;
  /** As the server knows the model. */
  readonly target: string;
  readonly priority: number;
  /** "placed", or "refused-" or "evicted-" with the reason. */
  readonly outcome: string;
  readonly waitedMs: number;
  /** What held up the queue while it waited, milliseconds by cause. */
  readonly waitedFor: WaitedFor;
  /** What it was expected to cost; absent where it was not placed. */
  readonly expected?: { readonly promptTokens: number; readonly outputTokens: number };
  /** The pick, then where a retry goes. */
  readonly endpoints: readonly string[];
  readonly servers: readonly ServerExplanation[];
}
