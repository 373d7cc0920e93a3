import type { ClusterKey, PoolKey } from "../model/ir.ts";

/** What is told of a placed request when it ends, beside its lease. */
export interface PlacedRequest {
  readonly cluster: ClusterKey;
  /** Absent where an earlier life of the picker placed it. */
  readonly origin?: {
    readonly pool: PoolKey;
    readonly model: string;
    readonly target: string;
    readonly priority: number;
  };
}

/** By placement id, for as long as the lease lives. */
export type PlacedRequests = Map<string, PlacedRequest>;

export function countByModel(placed: PlacedRequests): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { origin } of placed.values()) {
    const model = origin?.model ?? "unknown";
    counts.set(model, (counts.get(model) ?? 0) + 1);
  }
  return counts;
}
