import { HealthStatus } from "../../gen/envoy/config/core/v3/health_check.ts";
import { ClusterLoadAssignment } from "../../gen/envoy/config/endpoint/v3/endpoint.ts";
import type { LbEndpoint, LocalityLbEndpoints } from "../../gen/envoy/config/endpoint/v3/endpoint_components.ts";
import { compareStrings } from "../../lib/compare.ts";
import type { ClusterIr, EndpointIr } from "../../model/ir.ts";
import { originKey } from "../names.ts";
import type { XdsResource } from "../snapshot.ts";
import { makeResource } from "./resource.ts";

/** A cluster without endpoints gets an empty assignment: without any it would go on warming. */
export function buildAssignment(cluster: ClusterIr, endpoints: readonly EndpointIr[]): XdsResource {
  const body = ClusterLoadAssignment.encode({
    clusterName: cluster.key,
    endpoints: localities(endpoints, cluster),
  }).finish();
  return makeResource(cluster.key, body, { origins: [originKey(cluster.origin)] });
}

/** Only where it matters to the choice of an endpoint are zones told apart. */
function localities(endpoints: readonly EndpointIr[], cluster: ClusterIr): LocalityLbEndpoints[] {
  if (endpoints.length === 0) return [];
  const { zoneWeights: weights, localZone } =
    (cluster.endpoints.kind === "pool" ? undefined : cluster.settings.loadBalancer) ?? {};
  if (weights === undefined && localZone === undefined) {
    return [{ locality: {}, lbEndpoints: endpoints.map((one) => lbEndpoint(one, cluster)) }];
  }
  const byZone = Map.groupBy(endpoints, ({ zone = "" }) => zone);
  return [...byZone]
    .sort(([a], [b]) => compareStrings(a, b))
    .map(([name, members]) => {
      const weight = weights === undefined ? 0 : (weights.find(({ zone }) => zone === name)?.weight ?? 1);
      return {
        locality: name === "" ? {} : { zone: name },
        lbEndpoints: members.map((one) => lbEndpoint(one, cluster)),
        // Envoy refuses a weight of 0, and sends nothing to a zone that has none.
        ...(weight === 0 ? {} : { loadBalancingWeight: weight }),
      };
    });
}

function lbEndpoint({ ip, port, name, health }: EndpointIr, { settings }: ClusterIr): LbEndpoint {
  const checkPort = settings.activeCheck?.port;
  return {
    hostIdentifier: {
      $case: "endpoint",
      value: {
        address: {
          address: {
            $case: "socketAddress",
            value: { address: ip, portSpecifier: { $case: "portValue", value: port } },
          },
        },
        hostname: name,
        ...(checkPort === undefined ? {} : { healthCheckConfig: { portValue: checkPort } }),
      },
    },
    healthStatus: healthStatus[health],
  };
}

const healthStatus = {
  healthy: HealthStatus.HEALTHY,
  unhealthy: HealthStatus.UNHEALTHY,
  draining: HealthStatus.DRAINING,
} as const;
