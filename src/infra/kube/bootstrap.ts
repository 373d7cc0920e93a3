/** The configuration that an Envoy in a Pod starts with: how it reaches us, and its own metrics. All else comes by xDS. */
import { proxyPorts } from "../../lib/container-ports.ts";
import type { Json, JsonObject } from "../../lib/json.ts";
import { isJsonObject } from "../../lib/json.ts";
import { statsPrefix } from "../../lib/stat-prefixes.ts";
import { staticClusters } from "../../lib/wire.ts";
import { asJson } from "../../model/envoy-proxy-spec.ts";
import type { InfrastructureIr } from "../../model/infrastructure.ts";
import { quantityValue } from "../../resources/quantity.ts";
import { commonLimits, layeredRuntime, overloadManager } from "../bootstrap/limits.ts";
import { dynamicResources, grpcCluster } from "../bootstrap/xds.ts";
import { patchBootstrap } from "./bootstrap-patch.ts";
import { sdsFolder, sdsSecrets } from "./config-map.ts";
import type { Making } from "./make-object.ts";
import type { InfrastructureSettings } from "./settings.ts";

const statsCluster = "prometheus_stats";

/** Throws where the EnvoyProxy's change of it cannot be used. */
export function proxyBootstrap({ infrastructure, settings }: Making): JsonObject {
  const limits = { ...commonLimits, ...heapLimit(infrastructure) };
  const ours: JsonObject = {
    // Its id and cluster are arguments, its zone an environment variable that Kubernetes fills in.
    node: { locality: { zone: "$(ENVOY_SERVICE_ZONE)" } },
    admin: { address: socketAddress("127.0.0.1", proxyPorts.admin), ignore_global_conn_limit: true },
    dynamic_resources: dynamicResources,
    static_resources: {
      listeners: [statsListener],
      clusters: [adminCluster, xdsCluster(settings)],
    },
    deferred_stat_options: { enable_deferred_creation_stats: true },
    layered_runtime: layeredRuntime(limits),
    overload_manager: overloadManager(limits),
  };
  return patchBootstrap(ours, infrastructure.proxy.bootstrap);
}

/** 80 % of what the container may use; without a limit nobody can say. */
function heapLimit({ proxy }: InfrastructureIr): { readonly maxHeapBytes?: number } {
  const resources = asJson(proxy.provider?.kubernetes?.envoyDeployment?.container?.resources);
  const limits = isJsonObject(resources) ? resources.limits : undefined;
  const memory = isJsonObject(limits) ? limits.memory : undefined;
  if (typeof memory !== "string" && typeof memory !== "number") return {};
  const bytes = Math.floor(quantityValue(memory) * 0.8);
  return bytes > 0 ? { maxHeapBytes: bytes } : {};
}

function socketAddress(address: string, port: number): JsonObject {
  return { socket_address: { address, port_value: port } };
}

/** Envoy's admin interface stops and changes Envoy, so the network sees this one path of it. */
const statsListener: Json = {
  name: `envoy-gateway-proxy-stats-0.0.0.0-${proxyPorts.stats}`,
  address: socketAddress("0.0.0.0", proxyPorts.stats),
  bypass_overload_manager: true,
  ignore_global_conn_limit: true,
  filter_chains: [
    {
      filters: [
        {
          name: "envoy.filters.network.http_connection_manager",
          typed_config: {
            "@type":
              "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            stat_prefix: statsPrefix,
            normalize_path: true,
            route_config: {
              name: "local_route",
              virtual_hosts: [
                {
                  name: "prometheus_stats",
                  domains: ["*"],
                  routes: [
                    {
                      match: {
                        path: "/stats/prometheus",
                        headers: [{ name: ":method", string_match: { exact: "GET" } }],
                      },
                      route: { cluster: statsCluster },
                    },
                  ],
                },
              ],
            },
            http_filters: [
              {
                name: "envoy.filters.http.router",
                typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
              },
            ],
          },
        },
      ],
    },
  ],
};

const adminCluster: Json = {
  name: statsCluster,
  type: "STATIC",
  connect_timeout: "1s",
  load_assignment: {
    cluster_name: statsCluster,
    endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress("127.0.0.1", proxyPorts.admin) } }] }],
  },
};

function xdsCluster({ xds }: InfrastructureSettings): Json {
  return {
    name: staticClusters.xds,
    type: "STRICT_DNS",
    connect_timeout: "10s",
    dns_refresh_rate: "1s",
    // The owner's node may be gone without a word.
    ...grpcCluster({ connection_keepalive: { interval: "5s", timeout: "5s" } }),
    load_assignment: {
      cluster_name: staticClusters.xds,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(xds.host, xds.port) } }] }],
    },
    transport_socket: {
      name: "envoy.transport_sockets.tls",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        sni: xds.serverName,
        common_tls_context: {
          tls_params: { tls_maximum_protocol_version: "TLSv1_3" },
          tls_certificate_sds_secret_configs: [secretFile(sdsSecrets.certificate)],
          validation_context_sds_secret_config: secretFile(sdsSecrets.trustedCa),
        },
      },
    },
  };
}

function secretFile({ name, file }: { readonly name: string; readonly file: string }): Json {
  return {
    name,
    sds_config: {
      path_config_source: { path: `${sdsFolder}/${file}`, watched_directory: { path: sdsFolder } },
      resource_api_version: "V3",
    },
  };
}
