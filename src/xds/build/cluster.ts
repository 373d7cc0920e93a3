import type { CircuitBreakers } from "../../gen/envoy/config/cluster/v3/circuit_breaker.ts";
import { Cluster, Cluster_DiscoveryType } from "../../gen/envoy/config/cluster/v3/cluster.ts";
import { RoutingPriority } from "../../gen/envoy/config/core/v3/base.ts";
import { HttpProtocolOptions } from "../../gen/envoy/extensions/upstreams/http/v3/http_protocol_options.ts";
import { assertNever } from "../../lib/assert-never.ts";
import type { ClusterIr } from "../../model/ir.ts";
import { originKey } from "../names.ts";
import type { XdsResource } from "../snapshot.ts";
import { type AnyByName, duration, pack } from "./any.ts";
import { ads } from "./config-source.ts";
import { fixedHosts } from "./fixed-hosts.ts";
import { leastRequest } from "./load-balancing.ts";
import { poolCircuitBreakers, poolConnectionIdleMs, poolLoadBalancing } from "./pool/cluster.ts";
import { provenance } from "./provenance.ts";
import { makeResource } from "./resource.ts";

/** Envoy's buffer per connection, as Envoy Gateway sets it on both sides. Bodies that are held have their own limit. */
export const connectionBufferBytes = 32_768;

export function buildCluster(cluster: ClusterIr): XdsResource {
  const body = Cluster.encode({
    name: cluster.key,
    ...discovery(cluster),
    connectTimeout: duration(cluster.settings.connectTimeoutMs),
    perConnectionBufferLimitBytes: connectionBufferBytes,
    ...byKind(cluster),
    // Assignments carry servers that are not ready; sending them requests when most are so is Envoy's default.
    commonLbConfig: { healthyPanicThreshold: { value: 0 } },
    ignoreHealthOnHostRemoval: true,
    typedExtensionProtocolOptions: protocolOptions(cluster),
    metadata: provenance(cluster.origin),
  }).finish();
  return makeResource(cluster.key, body, {
    origins: [originKey(cluster.origin)],
    needs: hasAssignment(cluster) ? [cluster.key] : [],
  });
}

/** Whether its endpoints come apart from it. */
export function hasAssignment({ endpoints }: ClusterIr): boolean {
  return endpoints.kind !== "backend";
}

function discovery({
  key,
  endpoints,
}: ClusterIr): Pick<Cluster, "clusterDiscoveryType" | "edsClusterConfig" | "loadAssignment"> {
  if (endpoints.kind === "backend") return fixedHosts(key, endpoints.hosts);
  return {
    clusterDiscoveryType: { $case: "type", value: Cluster_DiscoveryType.EDS },
    // Never a shared name: in the delta protocol a second cluster with it would get no subscription and stall.
    edsClusterConfig: { edsConfig: ads(), serviceName: key },
  };
}

function byKind(cluster: ClusterIr): Pick<Cluster, "loadBalancingPolicy" | "circuitBreakers"> {
  switch (cluster.endpoints.kind) {
    case "pool":
      return { loadBalancingPolicy: poolLoadBalancing(), circuitBreakers: poolCircuitBreakers };
    case "service":
    case "backend":
      return { loadBalancingPolicy: leastRequest(), circuitBreakers: serviceCircuitBreakers };
    default:
      return assertNever(cluster.endpoints);
  }
}

const serviceCircuitBreakers: CircuitBreakers = {
  thresholds: [{ priority: RoutingPriority.DEFAULT, maxRetries: 1024 }],
};

function protocolOptions({ endpoints, settings }: ClusterIr): AnyByName {
  const idleMs = settings.connectionIdleTimeoutMs ?? (endpoints.kind === "pool" ? poolConnectionIdleMs : undefined);
  const maxMs = settings.maxConnectionDurationMs;
  const isH2c = endpoints.protocol === "h2c";
  if (idleMs === undefined && maxMs === undefined && !isH2c) return {};
  const options: HttpProtocolOptions = {
    commonHttpProtocolOptions: {
      ...(idleMs === undefined ? {} : { idleTimeout: duration(idleMs) }),
      ...(maxMs === undefined ? {} : { maxConnectionDuration: duration(maxMs) }),
    },
    upstreamProtocolOptions: {
      $case: "explicitHttpConfig",
      value: {
        protocolConfig: isH2c
          ? { $case: "http2ProtocolOptions", value: {} }
          : { $case: "httpProtocolOptions", value: {} },
      },
    },
  };
  return { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": pack(HttpProtocolOptions, options) };
}
