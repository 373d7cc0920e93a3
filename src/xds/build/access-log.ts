import { type AccessLog, type AccessLogFilter } from "../../gen/envoy/config/accesslog/v3/accesslog.ts";
import { ApiVersion } from "../../gen/envoy/config/core/v3/config_source.ts";
import { AccessLogType } from "../../gen/envoy/data/accesslog/v3/accesslog.ts";
import { HttpGrpcAccessLogConfig } from "../../gen/envoy/extensions/access_loggers/grpc/v3/als.ts";
import { StdoutAccessLog } from "../../gen/envoy/extensions/access_loggers/stream/v3/stream.ts";
import { destination, modelHeader, placementMetadata, staticClusters } from "../../lib/wire.ts";
import { pack } from "./any.ts";

/**
 * One line of JSON per request, and for requests that the picker placed an entry to the picker: when they end, and
 * from time to time while they run.
 */
export function accessLogs(): AccessLog[] {
  return [
    {
      name: "envoy.access_loggers.stdout",
      filter: requestEnd,
      configType: { $case: "typedConfig", value: pack(StdoutAccessLog, { accessLogFormat: lineFormat }) },
    },
    {
      name: "envoy.access_loggers.http_grpc",
      filter: placed,
      configType: { $case: "typedConfig", value: pack(HttpGrpcAccessLogConfig, toPicker) },
    },
  ];
}

/** Periodic entries are switched on for all loggers of a connection manager. */
const requestEnd: AccessLogFilter = {
  filterSpecifier: { $case: "logTypeFilter", value: { types: [AccessLogType.DownstreamEnd] } },
};

const placed: AccessLogFilter = {
  filterSpecifier: {
    $case: "metadataFilter",
    value: {
      matcher: {
        filter: placementMetadata.namespace,
        path: [{ segment: { $case: "key", value: placementMetadata.key } }],
        value: { matchPattern: { $case: "presentMatch", value: true } },
      },
      matchIfKeyNotFound: false,
    },
  },
};

const toPicker: HttpGrpcAccessLogConfig = {
  commonConfig: {
    logName: "placements",
    transportApiVersion: ApiVersion.V3,
    grpcService: {
      targetSpecifier: { $case: "envoyGrpc", value: { clusterName: staticClusters.accessLog } },
    },
    // Each entry at once: it frees room on a server.
    bufferSizeBytes: 0,
  },
};

const placement = (key: string): string => `%DYNAMIC_METADATA(${placementMetadata.namespace}:${key})%`;

/** Envoy Gateway's fields under its names, then what a request for a model adds. */
const lineFormat: StdoutAccessLog["accessLogFormat"] = {
  $case: "logFormat",
  value: {
    format: {
      $case: "jsonFormat",
      value: {
        start_time: "%START_TIME%",
        method: "%REQ(:METHOD)%",
        "x-envoy-origin-path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
        protocol: "%PROTOCOL%",
        response_code: "%RESPONSE_CODE%",
        response_flags: "%RESPONSE_FLAGS%",
        response_code_details: "%RESPONSE_CODE_DETAILS%",
        connection_termination_details: "%CONNECTION_TERMINATION_DETAILS%",
        upstream_transport_failure_reason: "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
        bytes_received: "%BYTES_RECEIVED%",
        bytes_sent: "%BYTES_SENT%",
        duration: "%DURATION%",
        "x-envoy-upstream-service-time": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
        "x-forwarded-for": "%REQ(X-FORWARDED-FOR)%",
        "user-agent": "%REQ(USER-AGENT)%",
        "x-request-id": "%REQ(X-REQUEST-ID)%",
        ":authority": "%REQ(:AUTHORITY)%",
        upstream_host: "%UPSTREAM_HOST%",
        upstream_cluster: "%UPSTREAM_CLUSTER%",
        upstream_local_address: "%UPSTREAM_LOCAL_ADDRESS%",
        downstream_local_address: "%DOWNSTREAM_LOCAL_ADDRESS%",
        downstream_remote_address: "%DOWNSTREAM_REMOTE_ADDRESS%",
        requested_server_name: "%REQUESTED_SERVER_NAME%",
        route_name: "%ROUTE_NAME%",
        model: `%REQ(${modelHeader})%`,
        pool: placement(placementMetadata.poolKey),
        placement: placement(placementMetadata.key),
        waited_ms: placement(placementMetadata.waitedMsKey),
        prompt_tokens: placement(placementMetadata.promptTokensKey),
        completion_tokens: placement(placementMetadata.completionTokensKey),
        endpoint_picked: `%DYNAMIC_METADATA(${destination.namespace}:${destination.key})%`,
        endpoint_served: `%DYNAMIC_METADATA(${destination.namespace}:${destination.servedKey})%`,
      },
    },
  },
};
