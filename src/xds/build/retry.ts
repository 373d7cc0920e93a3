import type { RetryPolicy } from "../../gen/envoy/config/route/v3/route_components.ts";
import { PreviousHostsPredicate } from "../../gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts.ts";
import type { RetryIr } from "../../model/ir.ts";
import { duration, pack } from "./any.ts";

/** To a pool each attempt goes to the next server of the picker's list, to a Service to a server not yet tried, where there is one. */
export function retryPolicy({ on, codes, attempts, perTryTimeoutMs, backoffMs }: RetryIr): RetryPolicy {
  return {
    retryOn: [...on, ...(codes.length > 0 ? ["retriable-status-codes"] : [])].join(","),
    retriableStatusCodes: [...codes],
    numRetries: attempts,
    ...(perTryTimeoutMs === undefined ? {} : { perTryTimeout: duration(perTryTimeoutMs) }),
    // Envoy takes no interval of 0.
    ...(backoffMs === undefined ? {} : { retryBackOff: { baseInterval: duration(Math.max(1, backoffMs)) } }),
    retryHostPredicate: [notTheSame],
    hostSelectionRetryMaxAttempts: 5,
  };
}

const notTheSame = {
  name: "envoy.retry_host_predicates.previous_hosts",
  configType: { $case: "typedConfig", value: pack(PreviousHostsPredicate, {}) },
} as const;
