import { HealthStatus } from "../../gen/envoy/config/core/v3/health_check.ts";
import { ClusterLoadAssignment } from "../../gen/envoy/config/endpoint/v3/endpoint.ts";
import type { LbEndpoint } from "../../gen/envoy/config/endpoint/v3/endpoint_components.ts";
import type { ClusterIr, EndpointIr } from "../../model/ir.ts";
import { originKey } from "../names.ts";
import type { XdsResource } from "../snapshot.ts";
import { makeResource } from "./resource.ts";

/** A cluster without endpoints gets an empty assignment: without any it would go on warming. */
export function buildAssignment(cluster: ClusterIr, endpoints: readonly EndpointIr[]): XdsResource {
  const body = ClusterLoadAssignment.encode({
    clusterName: cluster.key,
    endpoints:
      endpoints.length === 0 ? [] : [{ locality: {}, lbEndpoints: endpoints.map((one) => lbEndpoint(one, cluster)) }],
  }).finish();
  return makeResource(cluster.key, body, { origins: [originKey(cluster.origin)] });
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
