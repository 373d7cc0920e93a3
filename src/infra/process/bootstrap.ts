/**
 * The configuration that an Envoy child starts with. Pure: it reaches us over Unix sockets, everything that serves
 * traffic comes by xDS. https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/overview/bootstrap
 */
import type { Json } from "../../lib/json.ts";
import { present } from "../../lib/present.ts";
import { staticClusters } from "../../lib/wire.ts";
import { type BootstrapLimits, commonLimits, layeredRuntime, overloadManager } from "../bootstrap/limits.ts";
import { dynamicResources, grpcCluster } from "../bootstrap/xds.ts";

export interface BootstrapOptions {
  /** Unique among the proxies of a Gateway. */
  readonly nodeId: string;
  /** "namespace/name": which snapshot the xDS server sends. */
  readonly gateway: string;
  /** Of this machine, for policies that prefer endpoints of the same zone. */
  readonly zone?: string;
  readonly sockets: {
    readonly xds: string;
    readonly picker: string;
    readonly accessLog: string;
    /** Envoy's own admin interface: it can stop Envoy and shows everything, so it is a socket, never a port. */
    readonly admin: string;
  };
  readonly limits: BootstrapLimits;
}

export const defaultLimits = { ...commonLimits, maxHeapBytes: 2 * 1024 ** 3 } as const satisfies BootstrapLimits;

export function bootstrap(options: BootstrapOptions): Json {
  const { nodeId, gateway, zone, sockets, limits } = options;
  return {
    node: { id: nodeId, cluster: gateway, ...present("locality", zone === undefined ? undefined : { zone }) },
    ...(zone === undefined ? {} : { cluster_manager: { local_cluster_name: staticClusters.self } }),
    admin: { address: { pipe: { path: sockets.admin } }, ignore_global_conn_limit: true },
    dynamic_resources: dynamicResources,
    static_resources: {
      clusters: [
        pipeCluster(staticClusters.xds, sockets.xds),
        pipeCluster(staticClusters.picker, sockets.picker),
        pipeCluster(staticClusters.accessLog, sockets.accessLog),
        ...(zone === undefined ? [] : [selfCluster(zone, sockets.admin)]),
      ],
    },
    deferred_stat_options: { enable_deferred_creation_stats: true },
    layered_runtime: layeredRuntime(limits),
    overload_manager: overloadManager(limits),
  };
}

function pipeCluster(name: string, path: string): Json {
  return {
    name,
    type: "STATIC",
    connect_timeout: "1s",
    ...grpcCluster(),
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path } } } }] }],
    },
  };
}

/**
 * What Envoy compares the zones of endpoints with: where the gateways are, which is here. Nothing is ever sent to it.
 * https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/upstream/load_balancing/zone_aware
 */
function selfCluster(zone: string, path: string): Json {
  return {
    name: staticClusters.self,
    type: "STATIC",
    load_assignment: {
      cluster_name: staticClusters.self,
      endpoints: [{ locality: { zone }, lb_endpoints: [{ endpoint: { address: { pipe: { path } } } }] }],
    },
  };
}
