import type { Json, JsonObject } from "../../lib/json.ts";
import { staticClusters } from "../../lib/wire.ts";

/** A control plane that restarts is back within a second; by default Envoy's pauses grow to 30 s. */
const reconnect: Json = { retry_back_off: { base_interval: "0.1s", max_interval: "1s" } };

/** No fetch timeout: an Envoy without configuration is not ready, rather than ready and empty. */
const fromAds: Json = { ads: {}, resource_api_version: "V3", initial_fetch_timeout: "0s" };

export const dynamicResources: JsonObject = {
  ads_config: {
    api_type: "DELTA_GRPC",
    transport_api_version: "V3",
    set_node_on_first_message_only: true,
    grpc_services: [{ envoy_grpc: { cluster_name: staticClusters.xds, retry_policy: reconnect } }],
  },
  cds_config: fromAds,
  lds_config: fromAds,
};

/** Thousands of requests wait in the picker at once, each a stream: no limit of Envoy's may come first. */
const unlimited = 1_000_000;

/** Of a cluster of ours: HTTP/2, and limits that are never met. */
export function grpcCluster(http2Options: JsonObject = {}): JsonObject {
  return {
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: { http2_protocol_options: { max_concurrent_streams: 2 ** 31 - 1, ...http2Options } },
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
  };
}
