import type {
  HttpProtocolOptions as CommonOptions,
  Http2ProtocolOptions,
} from "../../../gen/envoy/config/core/v3/protocol.ts";
import {
  type HttpProtocolOptions_ExplicitHttpConfig as Explicit,
  HttpProtocolOptions,
} from "../../../gen/envoy/extensions/upstreams/http/v3/http_protocol_options.ts";
import type { ClusterIr, ClusterSettingsIr, Http2Ir } from "../../../model/ir.ts";
import { type AnyByName, duration, pack } from "../any.ts";
import { poolConnectionIdleMs } from "../pool/cluster.ts";

/** How a cluster's endpoints are spoken to; nothing where it is as Envoy has it by default. */
export function protocolOptions(cluster: ClusterIr): AnyByName {
  const common = commonOptions(cluster);
  const isHttp2 = cluster.endpoints.protocol === "h2c";
  if (!isHttp2 && Object.keys(common).length === 0) return {};
  const options: HttpProtocolOptions = {
    commonHttpProtocolOptions: common,
    upstreamProtocolOptions: {
      $case: "explicitHttpConfig",
      value: isHttp2 ? http2(cluster.settings.http2 ?? {}) : http1,
    },
  };
  return { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": pack(HttpProtocolOptions, options) };
}

const http1: Explicit = { protocolConfig: { $case: "httpProtocolOptions", value: {} } };

function commonOptions({ endpoints, settings }: ClusterIr): CommonOptions {
  const idleMs = settings.connectionIdleTimeoutMs ?? (endpoints.kind === "pool" ? poolConnectionIdleMs : undefined);
  const { maxConnectionDurationMs, maxStreamDurationMs, maxRequestsPerConnection } = settings;
  return {
    ...(idleMs === undefined ? {} : { idleTimeout: duration(idleMs) }),
    ...(maxConnectionDurationMs === undefined ? {} : { maxConnectionDuration: duration(maxConnectionDurationMs) }),
    ...(maxStreamDurationMs === undefined ? {} : { maxStreamDuration: duration(maxStreamDurationMs) }),
    ...(maxRequestsPerConnection === undefined ? {} : { maxRequestsPerConnection }),
  };
}

function http2(settings: Http2Ir): Explicit {
  const { streamWindowBytes, connectionWindowBytes, maxConcurrentStreams, onInvalidMessage, keepalive } = settings;
  const value: Http2ProtocolOptions = {
    ...(streamWindowBytes === undefined ? {} : { initialStreamWindowSize: streamWindowBytes }),
    ...(connectionWindowBytes === undefined ? {} : { initialConnectionWindowSize: connectionWindowBytes }),
    ...(maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams }),
    ...(onInvalidMessage === undefined
      ? {}
      : { overrideStreamErrorOnInvalidHttpMessage: onInvalidMessage === "TerminateStream" }),
    ...(keepalive === undefined ? {} : { connectionKeepalive: pings(keepalive) }),
  };
  return { protocolConfig: { $case: "http2ProtocolOptions", value } };
}

function pings({
  intervalMs,
  timeoutMs,
  idleIntervalMs,
  jitterPercent,
}: NonNullable<ClusterSettingsIr["http2"]>["keepalive"] & object) {
  return {
    ...(intervalMs === undefined ? {} : { interval: duration(intervalMs) }),
    ...(timeoutMs === undefined ? {} : { timeout: duration(timeoutMs) }),
    ...(idleIntervalMs === undefined ? {} : { connectionIdleInterval: duration(idleIntervalMs) }),
    ...(jitterPercent === undefined ? {} : { intervalJitter: { value: jitterPercent } }),
  };
}
