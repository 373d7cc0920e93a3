import type { Metadata } from "@grpc/grpc-js";
import { fromMetadata, streamMetadata } from "../../lib/wire.ts";
import type { ClusterKey, PoolKey } from "../../model/ir.ts";

/** What the route that Envoy chose says, in the stream's initial metadata. Clients cannot forge it. */
export interface RouteInfo {
  readonly pool: PoolKey;
  readonly cluster: ClusterKey;
  /** 0: no limit by the route. */
  readonly routeTimeoutMs: number;
  /** The whole body follows the headers. */
  readonly bodyFollows: boolean;
  /** What the rule says of its requests. */
  readonly objective?: string;
  readonly fairnessId?: string;
}

export function readRouteInfo(metadata: Metadata): RouteInfo {
  const timeoutMs = Number(text(metadata, streamMetadata.routeTimeoutMs));
  const objective = fromMetadata(text(metadata, streamMetadata.objective));
  const fairnessId = fromMetadata(text(metadata, streamMetadata.fairnessId));
  return {
    pool: text(metadata, streamMetadata.pool),
    cluster: text(metadata, streamMetadata.cluster),
    routeTimeoutMs: Number.isFinite(timeoutMs) && timeoutMs > 0 ? timeoutMs : 0,
    bodyFollows: text(metadata, streamMetadata.body) === "1",
    ...(objective ? { objective } : {}),
    ...(fairnessId ? { fairnessId } : {}),
  };
}

function text(metadata: Metadata, key: string): string {
  const [value] = metadata.get(key);
  return typeof value === "string" ? value : "";
}
