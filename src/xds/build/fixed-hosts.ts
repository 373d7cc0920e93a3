import { type Cluster, Cluster_DiscoveryType } from "../../gen/envoy/config/cluster/v3/cluster.ts";
import type { Address } from "../../gen/envoy/config/core/v3/address.ts";
import { DnsLookupFamily } from "../../gen/envoy/extensions/clusters/common/dns/v3/dns.ts";
import { DnsCluster } from "../../gen/envoy/extensions/clusters/dns/v3/dns_cluster.ts";
import type { DnsIr, HostIr } from "../../model/ir.ts";
import { duration, pack } from "./any.ts";

/** A cluster that brings its hosts itself: addresses and sockets as they are, names by DNS, as Envoy Gateway asks it. */
export function fixedHosts(
  name: string,
  hosts: readonly HostIr[],
  dns: DnsIr = {},
): Pick<Cluster, "clusterDiscoveryType" | "loadAssignment"> {
  return {
    clusterDiscoveryType: hosts.some(({ kind }) => kind === "name") ? byDns(dns) : byAddress,
    loadAssignment: {
      clusterName: name,
      endpoints: [
        {
          locality: {},
          lbEndpoints: hosts.map((host) => ({
            hostIdentifier: {
              $case: "endpoint",
              value: { address: addressOf(host), ...(host.hostname === undefined ? {} : { hostname: host.hostname }) },
            },
          })),
        },
      ],
    },
  };
}

const byAddress: Cluster["clusterDiscoveryType"] = { $case: "type", value: Cluster_DiscoveryType.STATIC };

function byDns({ refreshMs, respectTtl, family }: DnsIr): Cluster["clusterDiscoveryType"] {
  const typedConfig = pack(DnsCluster, {
    dnsRefreshRate: duration(refreshMs ?? 30_000),
    respectDnsTtl: respectTtl ?? true,
    dnsLookupFamily: lookupFamilies[family ?? "IPv4Preferred"],
  });
  return { $case: "clusterType", value: { name: "envoy.cluster.dns", typedConfig } };
}

const lookupFamilies = {
  IPv4: DnsLookupFamily.V4_ONLY,
  IPv6: DnsLookupFamily.V6_ONLY,
  IPv4Preferred: DnsLookupFamily.V4_PREFERRED,
  IPv6Preferred: DnsLookupFamily.AUTO,
  IPv4AndIPv6: DnsLookupFamily.ALL,
} as const;

function addressOf(host: HostIr): Address {
  if (host.kind === "socket") return { address: { $case: "pipe", value: { path: host.path } } };
  const address = host.kind === "ip" ? host.address : host.name;
  return {
    address: {
      $case: "socketAddress",
      value: { address, portSpecifier: { $case: "portValue", value: host.port } },
    },
  };
}
