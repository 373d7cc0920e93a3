import { present } from "../lib/present.ts";
import type { HTTPRouteRule } from "../resources/kinds/http-route.ts";
import type { ForwardIr } from "./ir.ts";
import { milliseconds } from "./traffic/spec.ts";
import type { PolicyTraffic } from "./traffic/traffic.ts";

type RouteTimeouts = Pick<ForwardIr, "timeoutMs" | "wholeTimeoutMs" | "streamIdleTimeoutMs" | "maxStreamDurationMs">;

/**
 * A rule's own timeouts win over the policy's. Where nothing is retried the time of the one attempt bounds the request;
 * else each attempt has its own, and where only that is given the attempts alone bound the request.
 */
export function routeTimeouts(rule: HTTPRouteRule, policy: PolicyTraffic, retried: boolean): RouteTimeouts {
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
