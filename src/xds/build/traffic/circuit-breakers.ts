import type { CircuitBreakers } from "../../../gen/envoy/config/cluster/v3/circuit_breaker.ts";
import { RoutingPriority } from "../../../gen/envoy/config/core/v3/base.ts";
import type { CircuitBreakerIr } from "../../../model/ir.ts";

/** Without a policy as in Envoy Gateway: Envoy's defaults, and more retries. */
export const serviceCircuitBreakers: CircuitBreakers = {
  thresholds: [{ priority: RoutingPriority.DEFAULT, maxRetries: 1024 }],
};

export function circuitBreakers(limits: CircuitBreakerIr): CircuitBreakers {
  const { perEndpointConnections, retryBudget } = limits;
  return {
    thresholds: [
      {
        priority: RoutingPriority.DEFAULT,
        maxConnections: limits.maxConnections,
        maxPendingRequests: limits.maxPendingRequests,
        maxRequests: limits.maxRequests,
        ...(retryBudget === undefined ? { maxRetries: limits.maxRetries } : { retryBudget: budget(retryBudget) }),
      },
    ],
    perHostThresholds: perEndpointConnections === undefined ? [] : [{ maxConnections: perEndpointConnections }],
  };
}

function budget({ percent, minConcurrency }: NonNullable<CircuitBreakerIr["retryBudget"]>) {
  return {
    budgetPercent: { value: percent },
    ...(minConcurrency === undefined ? {} : { minRetryConcurrency: minConcurrency }),
  };
}
