import type { HeaderValue } from "../../../gen/envoy/config/core/v3/base.ts";
import type { RouteAction } from "../../../gen/envoy/config/route/v3/route_components.ts";
import { BufferPerRoute } from "../../../gen/envoy/extensions/filters/http/buffer/v3/buffer.ts";
import {
  type ExtProcOverrides,
  ExtProcPerRoute,
} from "../../../gen/envoy/extensions/filters/http/ext_proc/v3/ext_proc.ts";
import { maxBodyBytes, streamMetadata } from "../../../lib/wire.ts";
import type { ClusterKey, PoolUseIr } from "../../../model/ir.ts";
import { type AnyByName, duration, pack } from "../any.ts";
import { filterNames } from "../filter-names.ts";
import { pickerService } from "./filters.ts";
import { toPicker } from "./processing-mode.ts";

export interface PoolRoute {
  readonly pool: PoolUseIr;
  readonly cluster: ClusterKey;
  /** How long the route lets a request wait; 0 or undefined: it sets no limit. */
  readonly waitMs: number | undefined;
}

/** typed_per_filter_config of a route to the pool, or of the pool's share of a weighted one. */
export function poolRouteFilters(route: PoolRoute): AnyByName {
  return {
    [filterNames.buffer]: pack(BufferPerRoute, {
      override: { $case: "buffer", value: { maxRequestBytes: maxBodyBytes } },
    }),
    [filterNames.extProc]: pack(ExtProcPerRoute, { override: { $case: "overrides", value: overrides(route) } }),
  };
}

function overrides({ pool, cluster, waitMs }: PoolRoute): ExtProcOverrides {
  return {
    processingMode: toPicker(pool.bodyToPicker),
    grpcInitialMetadata: metadata({
      [streamMetadata.pool]: pool.pool,
      [streamMetadata.cluster]: cluster,
      [streamMetadata.body]: pool.bodyToPicker ? "1" : "0",
      ...(waitMs === undefined ? {} : { [streamMetadata.routeTimeoutMs]: String(waitMs) }),
    }),
    failureModeAllow: pool.failOpen,
    ...(pool.failOpen ? { grpcService: pickerService({ retries: 2 }) } : {}),
  };
}

function metadata(values: Readonly<Record<string, string>>): HeaderValue[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

/** What a route action with a pool among its backends needs whatever else it says. */
export const poolRouteAction: RouteAction = {
  // While a request waits nothing moves on its stream.
  idleTimeout: duration(0),
  // A retry goes to the next server of the picker's list.
  retryPolicy: { retryOn: "connect-failure", numRetries: 2 },
  // The buffer filter would hold an upgraded connection until it ends.
  upgradeConfigs: [{ upgradeType: "websocket", enabled: false }],
};
