import { memoOn } from "../lib/memo.ts";
import { durationMs } from "../resources/duration.ts";
import type { BackendTrafficPolicy } from "../resources/kinds/backend-traffic-policy.ts";
import type { HTTPRouteRule } from "../resources/kinds/http-route.ts";
import { defaultClusterSettings } from "./clusters.ts";
import type { ClusterSettingsIr, ForwardIr } from "./ir.ts";

/** What a BackendTrafficPolicy's `timeout` says. */
export interface PolicyTimeouts {
  readonly requestTimeoutMs?: number;
  readonly streamIdleTimeoutMs?: number;
  readonly maxStreamDurationMs?: number;
  readonly cluster: ClusterSettingsIr;
}

export const noTimeouts: PolicyTimeouts = { cluster: defaultClusterSettings };

export const timeoutsOf = memoOn((policy: BackendTrafficPolicy): PolicyTimeouts => {
  const { tcp, http } = policy.spec.timeout ?? {};
  const maxConnectionDurationMs = milliseconds(http?.maxConnectionDuration);
  return {
    ...present("requestTimeoutMs", milliseconds(http?.requestTimeout)),
    ...present("streamIdleTimeoutMs", milliseconds(http?.streamIdleTimeout)),
    ...present("maxStreamDurationMs", milliseconds(http?.maxStreamDuration)),
    cluster: {
      connectTimeoutMs: milliseconds(tcp?.connectTimeout) ?? defaultClusterSettings.connectTimeoutMs,
      ...present("connectionIdleTimeoutMs", milliseconds(http?.connectionIdleTimeout)),
      // No limit is the default; Envoy takes 0 for a duration.
      ...present("maxConnectionDurationMs", maxConnectionDurationMs === 0 ? undefined : maxConnectionDurationMs),
    },
  };
});

/** Values that Envoy would refuse. */
export function timeoutProblem(policy: BackendTrafficPolicy): string | undefined {
  const connectTimeout = policy.spec.timeout?.tcp?.connectTimeout;
  if (connectTimeout === undefined || durationMs(connectTimeout) !== 0) return undefined;
  return `Timeout: invalid ConnectTimeout value ${connectTimeout}`;
}

type RouteTimeouts = Pick<ForwardIr, "timeoutMs" | "wholeTimeoutMs" | "streamIdleTimeoutMs" | "maxStreamDurationMs">;

/**
 * A rule's own timeouts win over the policy's. Where nothing is retried the time of the one attempt bounds the request;
 * else each attempt has its own, and where only that is given the attempts alone bound the request.
 */
export function routeTimeouts(rule: HTTPRouteRule, policy: PolicyTimeouts, retried: boolean): RouteTimeouts {
  const wholeTimeoutMs = milliseconds(rule.timeouts?.request) ?? policy.requestTimeoutMs;
  const attemptMs = milliseconds(rule.timeouts?.backendRequest);
  const timeoutMs = retried
    ? (wholeTimeoutMs ?? (attemptMs === undefined ? undefined : 0))
    : shorter(attemptMs, wholeTimeoutMs);
  return {
    ...present("timeoutMs", timeoutMs),
    ...present("wholeTimeoutMs", wholeTimeoutMs === timeoutMs ? undefined : (wholeTimeoutMs ?? 0)),
    ...present("streamIdleTimeoutMs", policy.streamIdleTimeoutMs),
    ...present("maxStreamDurationMs", policy.maxStreamDurationMs),
  };
}

/** 0 stands for no limit. */
function shorter(a: number | undefined, b: number | undefined): number | undefined {
  const limits = [a, b].filter((limit) => limit !== undefined && limit > 0) as readonly number[];
  return limits.length > 0 ? Math.min(...limits) : (a ?? b);
}

function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : durationMs(duration);
}

/** A field that is there only where it has a value, as exact optional types want it. */
function present<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };
}
