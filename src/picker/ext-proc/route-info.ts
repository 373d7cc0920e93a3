import type { Metadata } from "@grpc/grpc-js";
import { streamMetadata } from "../../lib/wire.ts";
import type { ClusterKey, PoolKey } from "../../model/ir.ts";

/** What the route that Envoy chose says, in the stream's initial metadata. Clients cannot forge it. */
export interface RouteInfo {
  readonly pool: PoolKey;
  readonly cluster: ClusterKey;
  /** 0: no limit by the route. */
  readonly routeTimeoutMs: number;
  /** The whole body follows the headers. */
  readonly bodyFollows: boolean;
}

export function readRouteInfo(metadata: Metadata): RouteInfo {
  const timeoutMs = Number(text(metadata, streamMetadata.routeTimeoutMs));
  return {
    pool: text(metadata, streamMetadata.pool),
    cluster: text(metadata, streamMetadata.cluster),
    routeTimeoutMs: Number.isFinite(timeoutMs) && timeoutMs > 0 ? timeoutMs : 0,
    bodyFollows: text(metadata, streamMetadata.body) === "1",
  };
}

function text(metadata: Metadata, key: string): string {
  const [value] = metadata.get(key);
  return typeof value === "string" ? value : "";
}
