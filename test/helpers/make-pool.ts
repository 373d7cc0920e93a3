/** Short forms of what the picker is told of pools. */
import type { ModelIr, PoolIr, PoolSettingsIr } from "../../src/model/ir.ts";
import type { PoolEndpoint, PoolTable } from "../../src/picker/messages.ts";
import { endpointAt, makeOrigin } from "./make-ir.ts";

export const poolSettings: PoolSettingsIr = {
  queueing: true,
  admission: "headroom",
  queueDepthThreshold: 5,
  kvCacheUtilThreshold: 0.8,
  metricsStalenessMs: 2_000,
  holdBack: 0,
  queueTtlMs: 0,
  maxDeadlineMs: 0,
  trustClientObjective: false,
  trustClientFairness: false,
  starvationBoundMs: 0,
  starvationShare: 0.1,
  maxQueuedRequests: 100_000,
  maxQueuedBytes: 1_000_000_000,
  waitForEndpointsMs: 0,
  maxConcurrency: 0,
  weights: { queue: 1, kvCache: 1, lora: 1, prefix: 1, session: 10 },
  prefix: { enabled: false, blockBytes: 0, maxBlocks: 128, capacity: 0 },
  sessionHeader: "",
  fallbacks: 1,
  scrape: { port: 0, path: "/metrics", scheme: "http", insecureSkipVerify: false, credential: "" },
};

export function makeModel(name: string, priority: number, targets: readonly string[] = [name]): ModelIr {
  return {
    name,
    priority,
    origin: makeOrigin("InferenceModel", name),
    targets: targets.map((target) => ({ name: target, weight: 1 })),
  };
}

export interface PoolOptions {
  readonly models?: readonly ModelIr[];
  readonly settings?: Partial<PoolSettingsIr>;
}

export function makePool(name: string, { models = [], settings = {} }: PoolOptions = {}): PoolIr {
  const key = `v1/default/${name}`;
  return {
    key,
    namespace: "default",
    name,
    origin: makeOrigin("InferencePool", name),
    cluster: `pool/${key}`,
    models,
    settings: { ...poolSettings, ...settings },
    endpoints: { kind: "pool", pool: key, namespace: "default", selector: { app: name }, targetPorts: [8000] },
  };
}

export function poolEndpoint(port: number, change: Partial<PoolEndpoint> = {}): PoolEndpoint {
  return { ...endpointAt(port), programmed: true, ...change };
}

export function poolTable(...pools: readonly (readonly [PoolIr, readonly PoolEndpoint[]])[]): PoolTable {
  return { sequence: 1, pools: pools.map(([pool, endpoints]) => ({ pool, endpoints })) };
}
