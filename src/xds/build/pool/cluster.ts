import type { CircuitBreakers } from "../../../gen/envoy/config/cluster/v3/circuit_breaker.ts";
import type { LoadBalancingPolicy } from "../../../gen/envoy/config/cluster/v3/cluster.ts";
import { RoutingPriority } from "../../../gen/envoy/config/core/v3/base.ts";
import { OverrideHost } from "../../../gen/envoy/extensions/load_balancing_policies/override_host/v3/override_host.ts";
import { destination } from "../../../lib/wire.ts";
import { extension } from "../any.ts";

/**
 * The picker's choice arrives as metadata only, which clients cannot forge. What it names first is tried first; the
 * fallback takes over beyond its list, and where a pool fails open.
 */
export function poolLoadBalancing(fallbackPolicy: LoadBalancingPolicy): LoadBalancingPolicy {
  const at = (key: string) => ({
    key: destination.namespace,
    path: [{ segment: { $case: "key", value: key } as const }],
  });
  return {
    policies: [
      {
        typedExtensionConfig: extension("envoy.load_balancing_policies.override_host", OverrideHost, {
          overrideHostSources: [{ metadata: at(destination.key) }],
          selectedHostKey: at(destination.servedKey),
          fallbackPolicy,
        }),
      },
    ],
  };
}

const unlimited = 1_000_000;

/** How much a server is sent is the picker's decision; Envoy's own limits would fail what it placed. */
export const poolCircuitBreakers: CircuitBreakers = {
  thresholds: [
    {
      priority: RoutingPriority.DEFAULT,
      maxConnections: unlimited,
      maxPendingRequests: unlimited,
      maxRequests: unlimited,
      maxRetries: unlimited,
    },
  ],
};

/** Model servers close idle connections after 5 s; a request sent at that moment would be lost with them. */
export const poolConnectionIdleMs = 4000;
