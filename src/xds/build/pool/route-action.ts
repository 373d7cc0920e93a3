import type { RouteAction } from "../../../gen/envoy/config/route/v3/route_components.ts";
import type { BackendIr, ForwardIr } from "../../../model/ir.ts";
import { duration } from "../any.ts";
import { retryPolicy } from "../retry.ts";
import { noUpgrades } from "../traffic/upgrades.ts";

/** What a route action with a pool among its backends needs whatever else it says. */
export function poolRouteAction({ backends, retry, streamIdleTimeoutMs }: ForwardIr): RouteAction {
  return {
    // While a request waits nothing moves on its stream, so its idleness counts only once a server has it.
    idleTimeout: duration(0),
    retryPolicy: {
      ...(retry === undefined
        ? { retryOn: "connect-failure", numRetries: Math.max(0, ...retriesOf(backends)) }
        : retryPolicy({ ...retry, attempts: Math.min(retry.attempts, ...retriesOf(backends)) })),
      ...(streamIdleTimeoutMs === undefined || streamIdleTimeoutMs === 0
        ? {}
        : { perTryIdleTimeout: duration(streamIdleTimeoutMs) }),
    },
    // The buffer filter would hold an upgraded connection until it ends.
    ...noUpgrades,
  };
}

/** A retry goes to the next server of the picker's list, which has one for each; beyond it nobody would choose. */
function retriesOf(backends: readonly BackendIr[]): readonly number[] {
  return backends.flatMap(({ target }) => (target.kind === "cluster" && target.pool ? [target.pool.retries] : []));
}
