import type { LoadBalancingPolicy } from "../../gen/envoy/config/cluster/v3/cluster.ts";
import { LeastRequest } from "../../gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request.ts";
import { extension } from "./any.ts";

export function leastRequest(): LoadBalancingPolicy {
  return {
    policies: [{ typedExtensionConfig: extension("envoy.load_balancing_policies.least_request", LeastRequest, {}) }],
  };
}
