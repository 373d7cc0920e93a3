/**
 * The configuration that an Envoy child starts with. Pure: it reaches us over Unix sockets, everything that serves
 * traffic comes by xDS. https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/overview/bootstrap
 */
import { present } from "../../lib/present.ts";
import { staticClusters } from "../../lib/wire.ts";

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

export interface BootstrapLimits {
  /** Waiting bodies live in Envoy: above 98 % of this new requests are refused. */
  readonly maxHeapBytes: number;
  readonly maxDownstreamConnections: number;
  /** Envoy's default of 100 refuses usual expressions; the compiler of routes checks them first. */
  readonly maxRegexProgramSize: number;
}

export const defaultLimits: BootstrapLimits = {
  maxHeapBytes: 2 * 1024 ** 3,
  maxDownstreamConnections: 50_000,
  maxRegexProgramSize: 2 ** 32 - 1,
};

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export function bootstrap(options: BootstrapOptions): Json {
  const { nodeId, gateway, zone, sockets, limits } = options;
  return {
    node: { id: nodeId, cluster: gateway, ...present("locality", zone === undefined ? undefined : { zone }) },
    ...(zone === undefined ? {} : { cluster_manager: { local_cluster_name: staticClusters.self } }),
    admin: { address: { pipe: { path: sockets.admin } }, ignore_global_conn_limit: true },
    dynamic_resources: {
      ads_config: {
        api_type: "DELTA_GRPC",
        transport_api_version: "V3",
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: staticClusters.xds, retry_policy: reconnect } }],
      },
      cds_config: fromAds,
      lds_config: fromAds,
    },
    static_resources: {
      clusters: [
        pipeCluster(staticClusters.xds, sockets.xds),
        pipeCluster(staticClusters.picker, sockets.picker),
        pipeCluster(staticClusters.accessLog, sockets.accessLog),
        ...(zone === undefined ? [] : [selfCluster(zone, sockets.admin)]),
      ],
    },
    deferred_stat_options: { enable_deferred_creation_stats: true },
    layered_runtime: {
      layers: [
        {
          name: "static",
          static_layer: {
            // Without it every ext_proc stream ends with a reset, and Node closes a session after 1,000 of them.
            "envoy.reloadable_features.ext_proc_graceful_grpc_close": true,
            "re2.max_program_size.error_level": limits.maxRegexProgramSize,
            "re2.max_program_size.warn_level": Math.min(1000, limits.maxRegexProgramSize),
          },
        },
      ],
    },
    overload_manager: overloadManager(limits),
  };
}

/** A control thread that restarts is back within a second; by default Envoy's pauses grow to 30 s. */
const reconnect: Json = { retry_back_off: { base_interval: "0.1s", max_interval: "1s" } };

/** No fetch timeout: an Envoy without configuration is not ready, rather than ready and empty. */
const fromAds: Json = { ads: {}, resource_api_version: "V3", initial_fetch_timeout: "0s" };

/** Thousands of requests wait in the picker at once, each a stream: no limit of Envoy's may come first. */
const unlimited = 1_000_000;

function pipeCluster(name: string, path: string): Json {
  return {
    name,
    type: "STATIC",
    connect_timeout: "1s",
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: { http2_protocol_options: { max_concurrent_streams: 2 ** 31 - 1 } },
      },
    },
    circuit_breakers: {
      thresholds: [
        {
          max_connections: unlimited,
          max_pending_requests: unlimited,
          max_requests: unlimited,
          max_retries: unlimited,
        },
      ],
    },
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

function overloadManager(limits: BootstrapLimits): Json {
  const heapMonitor = "envoy.resource_monitors.fixed_heap";
  const connectionMonitor = "envoy.resource_monitors.global_downstream_max_connections";
  const atHeap = (name: string, value: number): Json => ({
    name,
    triggers: [{ name: heapMonitor, threshold: { value } }],
  });
  return {
    refresh_interval: "0.25s",
    resource_monitors: [
      {
        name: heapMonitor,
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig",
          max_heap_size_bytes: limits.maxHeapBytes,
        },
      },
      {
        name: connectionMonitor,
        typed_config: {
          "@type":
            "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
          max_active_downstream_connections: limits.maxDownstreamConnections,
        },
      },
    ],
    actions: [
      atHeap("envoy.overload_actions.shrink_heap", 0.95),
      atHeap("envoy.overload_actions.stop_accepting_requests", 0.98),
    ],
  };
}
