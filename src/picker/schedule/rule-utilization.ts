import type { ModelServer } from "../../pool/server.ts";
import type { AdmissionRule } from "./rule.ts";
import { sequencesOn } from "./sequences.ts";

export interface UtilizationSettings {
  readonly queueDepthThreshold: number;
  readonly kvCacheUtilThreshold: number;
  readonly metricsStalenessMs: number;
  /** 0: none. */
  readonly maxConcurrency: number;
}

/**
 * The field's thresholds: a server has room while few requests wait in it and its KV cache is not full. What was sent
 * and is not in the reading counts at once, as waiting and in the cache: no herd follows one good reading.
 */
export function utilizationRule(settings: UtilizationSettings): AdmissionRule {
  return {
    load(server, need, nowMs) {
      if (settings.maxConcurrency > 0 && sequencesOn(server) >= settings.maxConcurrency) return undefined;
      if (server.kind === "unknown") return server.leases.size / Math.max(1, settings.maxConcurrency);
      const inUse = kvCacheInUse(server, settings.metricsStalenessMs, nowMs);
      if (server.unstarted > settings.queueDepthThreshold || inUse > settings.kvCacheUtilThreshold) return undefined;
      return inUse + need.promptTokens / (server.cacheTokens ?? Number.POSITIVE_INFINITY);
    },
  };
}

function kvCacheInUse(server: ModelServer, stalenessMs: number, nowMs: number): number {
  const cacheTokens = server.cacheTokens ?? Number.POSITIVE_INFINITY;
  const readAtMs = server.readAtMs ?? Number.NEGATIVE_INFINITY;
  let unseen = 0;
  let known = 0;
  for (const lease of server.leases.values()) {
    const tokens = lease.promptTokens + server.producedTokens(lease, nowMs);
    known += tokens;
    if (lease.startedAtToken === undefined) unseen += tokens;
  }
  const read = (server.reading?.kvCacheUtil ?? 0) + unseen / cacheTokens;
  return nowMs - readAtMs <= stalenessMs ? read : Math.max(read, known / cacheTokens);
}
