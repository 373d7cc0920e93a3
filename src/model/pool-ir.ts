/** Pools and what is set for them: part of the intermediate model, read by way of ir.ts. */
import type { ClusterKey, EndpointSourceIr, PoolKey, ServerTlsIr } from "./cluster-ir.ts";
import type { Origin } from "./origin-ir.ts";

/** What the picker is to know of a pool; the endpoints come by the endpoint lane. */
export interface PoolIr {
  readonly key: PoolKey;
  readonly namespace: string;
  readonly name: string;
  readonly origin: Origin;
  /** With default settings; a route with other settings names a cluster of the same endpoints and another key. */
  readonly cluster: ClusterKey;
  readonly models: readonly ModelIr[];
  /** Absent: none. In the order of their names. */
  readonly objectives?: readonly ObjectiveIr[];
  /** Absent: none. */
  readonly rewrites?: readonly RewriteRuleIr[];
  readonly settings: PoolSettingsIr;
  /** Absent: its servers speak plain text. */
  readonly serverTls?: ServerTlsIr;
  readonly endpoints: EndpointSourceIr & { readonly kind: "pool" };
}

export interface ModelIr {
  readonly name: string;
  readonly origin: Origin;
  /** Higher first. Critical 1, Standard 0, Sheddable -1. */
  readonly priority: number;
  /** Never empty; weights over 0. */
  readonly targets: readonly { readonly name: string; readonly weight: number }[];
}

/** How important a request is that names it. */
export interface ObjectiveIr {
  readonly name: string;
  readonly origin: Origin;
  /** Higher first. */
  readonly priority: number;
}

export interface RewriteRuleIr {
  /** Absent: every model that nothing else names. */
  readonly model?: string;
  readonly origin: Origin;
  /** Empty: the name stays. Weights over 0. */
  readonly targets: readonly { readonly name: string; readonly weight: number }[];
}

/** Every knob of a pool; names, defaults and bounds stand in model/pool-settings.ts. */
export interface PoolSettingsIr {
  /** false: the classic rule, no waiting, and what is not Critical is refused while the pool is saturated. */
  readonly queueing: boolean;
  readonly admission: "headroom" | "utilization";
  /** `utilization`: a server has room while waiting <= queueDepth and KV use <= kvCacheUtil. */
  readonly queueDepthThreshold: number;
  readonly kvCacheUtilThreshold: number;
  readonly metricsStalenessMs: number;
  /** `headroom`: share of each server's room kept back for higher priorities, 0..1. */
  readonly holdBack: number;
  /** 0: none. Counted from the arrival. */
  readonly queueTtlMs: number;
  /** What a client may ask for in the place of `queueTtlMs`; 0: a shorter wait only. */
  readonly maxDeadlineMs: number;
  /** Clients' own words on their objective and on whom they are. */
  readonly trustClientObjective: boolean;
  readonly trustClientFairness: boolean;
  /** 0: none. Who has waited longer is served ahead of higher levels. */
  readonly starvationBoundMs: number;
  /** Of the placements, at most, are those; 0..1. */
  readonly starvationShare: number;
  readonly maxQueuedRequests: number;
  readonly maxQueuedBytes: number;
  /** 0: a pool without endpoints answers 503 at once; else how long a request waits for one. */
  readonly waitForEndpointsMs: number;
  /** Per server, for servers without known metrics and as an upper bound for all. 0: none. */
  readonly maxConcurrency: number;
  readonly weights: {
    readonly queue: number;
    readonly kvCache: number;
    readonly lora: number;
    readonly prefix: number;
    readonly session: number;
  };
  /** Requests prefer servers that have computed the beginning of their prompt. 0 bytes or blocks: by the server's cache. */
  readonly prefix: {
    readonly enabled: boolean;
    readonly blockBytes: number;
    readonly maxBlocks: number;
    /** Blocks remembered of each server. */
    readonly capacity: number;
  };
  /** Lower case. Requests in which it says the same prefer one server. "": none. */
  readonly sessionHeader: string;
  /** Servers beside the pick that a retry may go to. */
  readonly fallbacks: number;
  /** Where the servers' metrics are. */
  readonly scrape: {
    /** 0: the port that serves. */
    readonly port: number;
    readonly path: string;
    readonly scheme: "http" | "https";
    readonly insecureSkipVerify: boolean;
    /** "<Secret>/<key>" in the pool's namespace; "": none. What it says is no part of the settings. */
    readonly credential: string;
  };
}
