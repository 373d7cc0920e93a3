/** What a traffic policy makes of a cluster, with what holds where it says nothing. */
import type { Cluster } from "../../../gen/envoy/config/cluster/v3/cluster.ts";
import type { ClusterIr, ClusterSettingsIr } from "../../../model/ir.ts";
import { balancingBy, byDefault, loadBalancing } from "../load-balancing.ts";
import { poolCircuitBreakers, poolLoadBalancing } from "../pool/cluster.ts";
import { circuitBreakers, serviceCircuitBreakers } from "./circuit-breakers.ts";
import { healthCheck, outlierDetection } from "./health-checks.ts";

/** Envoy's buffer per connection, as Envoy Gateway sets it on both sides. Bodies that are held have their own limit. */
export const connectionBufferBytes = 32_768;

export function clusterTraffic(cluster: ClusterIr): Cluster {
  const { settings } = cluster;
  const { activeCheck, passiveCheck, panicPercent } = settings;
  return {
    perConnectionBufferLimitBytes: settings.bufferLimitBytes ?? connectionBufferBytes,
    ...balancing(cluster),
    healthChecks: activeCheck === undefined ? [] : [healthCheck(activeCheck, cluster)],
    ...(passiveCheck === undefined ? {} : { outlierDetection: outlierDetection(passiveCheck) }),
    // Assignments carry servers that are not ready; sending them requests when most are so is Envoy's default.
    commonLbConfig: { healthyPanicThreshold: { value: panicPercent ?? 0 } },
    ...connections(settings),
  };
}

/** On a pool the algorithm only decides where the picker's list ends, or where the pool fails open. */
function balancing({ endpoints, settings }: ClusterIr): Pick<Cluster, "loadBalancingPolicy" | "circuitBreakers"> {
  const { loadBalancer, circuitBreaker } = settings;
  const isPool = endpoints.kind === "pool";
  const byKind = isPool ? poolCircuitBreakers : serviceCircuitBreakers;
  return {
    loadBalancingPolicy: isPool
      ? poolLoadBalancing(balancingBy(loadBalancer?.algorithm ?? byDefault))
      : loadBalancing(loadBalancer ?? { algorithm: byDefault }),
    circuitBreakers: circuitBreaker === undefined ? byKind : circuitBreakers(circuitBreaker),
  };
}

function connections({ tcpKeepalive, preconnect }: ClusterSettingsIr): Cluster {
  return {
    ...(tcpKeepalive === undefined ? {} : { upstreamConnectionOptions: { tcpKeepalive: keepalive(tcpKeepalive) } }),
    ...(preconnect === undefined ? {} : { preconnectPolicy: ratios(preconnect) }),
  };
}

function keepalive({ probes, idleSeconds, intervalSeconds }: NonNullable<ClusterSettingsIr["tcpKeepalive"]>) {
  return {
    ...(probes === undefined ? {} : { keepaliveProbes: probes }),
    ...(idleSeconds === undefined ? {} : { keepaliveTime: idleSeconds }),
    ...(intervalSeconds === undefined ? {} : { keepaliveInterval: intervalSeconds }),
  };
}

function ratios({ perEndpoint, predictive }: NonNullable<ClusterSettingsIr["preconnect"]>) {
  return {
    ...(perEndpoint === undefined ? {} : { perUpstreamPreconnectRatio: perEndpoint }),
    ...(predictive === undefined ? {} : { predictivePreconnectRatio: predictive }),
  };
}
