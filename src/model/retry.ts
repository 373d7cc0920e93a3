import { durationMs } from "../resources/duration.ts";
import type { HTTPRouteRule } from "../resources/kinds/http-route.ts";
import type { RetryIr } from "./ir.ts";

/** What fails without an answer is retried too: connections, resets, attempts that take too long. https://gateway-api.sigs.k8s.io/geps/gep-1731/ */
const withoutAnswer = ["connect-failure", "refused-stream", "reset"] as const;

/** A policy's retry on a rule without one of its own; the time of an attempt is the rule's to say. */
export function policyRetryOn(
  { timeouts }: Pick<HTTPRouteRule, "timeouts">,
  { retry }: { readonly retry?: RetryIr },
): RetryIr | undefined {
  const perTryTimeoutMs = timeouts?.backendRequest === undefined ? undefined : durationMs(timeouts.backendRequest);
  if (retry === undefined || perTryTimeoutMs === undefined || perTryTimeoutMs === 0) return retry;
  return { ...retry, perTryTimeoutMs };
}

/** A rule's retry; what it leaves open is as in Envoy Gateway. */
export function retryOf({ retry, timeouts }: Pick<HTTPRouteRule, "retry" | "timeouts">): RetryIr | undefined {
  if (retry === undefined) return undefined;
  const perTryTimeoutMs = timeouts?.backendRequest === undefined ? 0 : (durationMs(timeouts.backendRequest) ?? 0);
  const backoffMs = retry.backoff === undefined ? undefined : durationMs(retry.backoff);
  return {
    on: withoutAnswer,
    codes: retry.codes ?? [503],
    attempts: retry.attempts ?? 2,
    ...(perTryTimeoutMs === 0 ? {} : { perTryTimeoutMs }),
    ...(backoffMs === undefined ? {} : { backoffMs }),
  };
}
