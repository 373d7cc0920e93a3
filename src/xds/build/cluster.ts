import { Cluster, Cluster_DiscoveryType } from "../../gen/envoy/config/cluster/v3/cluster.ts";
import { present } from "../../lib/present.ts";
import type { ClusterIr } from "../../model/ir.ts";
import { originKey } from "../names.ts";
import type { XdsResource } from "../snapshot.ts";
import { duration } from "./any.ts";
import { ads } from "./config-source.ts";
import { fixedHosts } from "./fixed-hosts.ts";
import type { BuildOptions } from "./options.ts";
import { provenance } from "./provenance.ts";
import { makeResource } from "./resource.ts";
import { clusterTraffic } from "./traffic/cluster.ts";
import { protocolOptions } from "./traffic/protocol-options.ts";
import { withProxyProtocol } from "./traffic/proxy-protocol.ts";
import { upstreamTls } from "./upstream-tls.ts";

export function buildCluster(cluster: ClusterIr, options: BuildOptions): XdsResource {
  const body = Cluster.encode({
    name: cluster.key,
    ...discovery(cluster),
    connectTimeout: duration(cluster.settings.connectTimeoutMs),
    ...clusterTraffic(cluster),
    ...transportSocket(cluster, options),
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
  settings,
}: ClusterIr): Pick<Cluster, "clusterDiscoveryType" | "edsClusterConfig" | "loadAssignment"> {
  if (endpoints.kind === "backend") return fixedHosts(key, endpoints.hosts, settings.dns);
  return {
    clusterDiscoveryType: { $case: "type", value: Cluster_DiscoveryType.EDS },
    // Never a shared name: in the delta protocol a second cluster with it would get no subscription and stall.
    edsClusterConfig: { edsConfig: ads(), serviceName: key },
  };
}

function transportSocket(
  { endpoints, settings: { tls, proxyProtocol } }: ClusterIr,
  options: BuildOptions,
): Pick<Cluster, "transportSocket"> {
  const secure = tls === undefined ? undefined : upstreamTls(tls, endpoints.protocol, options);
  return present("transportSocket", proxyProtocol === undefined ? secure : withProxyProtocol(proxyProtocol, secure));
}
