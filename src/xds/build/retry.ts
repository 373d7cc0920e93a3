import type { RetryPolicy } from "../../gen/envoy/config/route/v3/route_components.ts";
import { PreviousHostsPredicate } from "../../gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts.ts";
import { PreviousPrioritiesConfig } from "../../gen/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config.ts";
import type { RetryIr } from "../../model/ir.ts";
import { duration, pack } from "./any.ts";

/** To a pool each attempt goes to the next server of the picker's list, to a Service to a server not yet tried, where there is one. */
export function retryPolicy(retry: RetryIr): RetryPolicy {
  const { on, codes, attempts, perTryTimeoutMs, attemptsPerPriority } = retry;
  return {
    retryOn: [...on, ...(codes.length > 0 ? ["retriable-status-codes"] : [])].join(","),
    retriableStatusCodes: [...codes],
    numRetries: attempts,
    ...(perTryTimeoutMs === undefined ? {} : { perTryTimeout: duration(perTryTimeoutMs) }),
    ...backoff(retry),
    ...(attemptsPerPriority === undefined ? {} : { retryPriority: nextPriority(attemptsPerPriority) }),
    retryHostPredicate: [notTheSame],
    // A server that fails fast is the least loaded: with another one beside it, a choice is in vain three times of four.
    hostSelectionRetryMaxAttempts: 50,
  };
}

/** Envoy takes no interval of 0, and none without the least one. */
function backoff({ backoffMs, maxBackoffMs }: RetryIr): RetryPolicy {
  if (backoffMs === undefined) return {};
  const maxInterval = maxBackoffMs === undefined ? {} : { maxInterval: duration(maxBackoffMs) };
  return { retryBackOff: { baseInterval: duration(Math.max(1, backoffMs)), ...maxInterval } };
}

function nextPriority(updateFrequency: number): RetryPolicy["retryPriority"] {
  return {
    name: "envoy.retry_priorities.previous_priorities",
    configType: { $case: "typedConfig", value: pack(PreviousPrioritiesConfig, { updateFrequency }) },
  };
}

const notTheSame = {
  name: "envoy.retry_host_predicates.previous_hosts",
  configType: { $case: "typedConfig", value: pack(PreviousHostsPredicate, {}) },
} as const;
