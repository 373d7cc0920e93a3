import { Cluster } from "../../src/gen/envoy/config/cluster/v3/cluster.ts";
import { ClusterLoadAssignment } from "../../src/gen/envoy/config/endpoint/v3/endpoint.ts";
import { Listener } from "../../src/gen/envoy/config/listener/v3/listener.ts";
import { RouteConfiguration } from "../../src/gen/envoy/config/route/v3/route.ts";
import { FilterConfig } from "../../src/gen/envoy/config/route/v3/route_components.ts";
import { HttpGrpcAccessLogConfig } from "../../src/gen/envoy/extensions/access_loggers/grpc/v3/als.ts";
import { StdoutAccessLog } from "../../src/gen/envoy/extensions/access_loggers/stream/v3/stream.ts";
import { DnsCluster } from "../../src/gen/envoy/extensions/clusters/dns/v3/dns_cluster.ts";
import { Brotli } from "../../src/gen/envoy/extensions/compression/brotli/compressor/v3/brotli.ts";
import { Gzip } from "../../src/gen/envoy/extensions/compression/gzip/compressor/v3/gzip.ts";
import { Zstd } from "../../src/gen/envoy/extensions/compression/zstd/compressor/v3/zstd.ts";
import { JsonContentParser } from "../../src/gen/envoy/extensions/content_parsers/json/v3/json_content_parser.ts";
import {
  Buffer as BufferFilter,
  BufferPerRoute,
} from "../../src/gen/envoy/extensions/filters/http/buffer/v3/buffer.ts";
import {
  Compressor,
  CompressorPerRoute,
} from "../../src/gen/envoy/extensions/filters/http/compressor/v3/compressor.ts";
import { Cors, CorsPolicy } from "../../src/gen/envoy/extensions/filters/http/cors/v3/cors.ts";
import { CustomResponse } from "../../src/gen/envoy/extensions/filters/http/custom_response/v3/custom_response.ts";
import {
  ExternalProcessor,
  ExtProcPerRoute,
} from "../../src/gen/envoy/extensions/filters/http/ext_proc/v3/ext_proc.ts";
import { HTTPFault } from "../../src/gen/envoy/extensions/filters/http/fault/v3/fault.ts";
import {
  HeaderMutation as HeaderMutationFilter,
  HeaderMutationPerRoute,
} from "../../src/gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation.ts";
import { JsonToMetadata } from "../../src/gen/envoy/extensions/filters/http/json_to_metadata/v3/json_to_metadata.ts";
import { LocalRateLimit } from "../../src/gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.ts";
import { Router } from "../../src/gen/envoy/extensions/filters/http/router/v3/router.ts";
import { SseToMetadata } from "../../src/gen/envoy/extensions/filters/http/sse_to_metadata/v3/sse_to_metadata.ts";
import { TransformConfig } from "../../src/gen/envoy/extensions/filters/http/transform/v3/transform.ts";
import { TlsInspector } from "../../src/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector.ts";
import { HttpConnectionManager } from "../../src/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import { LocalResponsePolicy } from "../../src/gen/envoy/extensions/http/custom_response/local_response_policy/v3/local_response_policy.ts";
import { HeaderMutation } from "../../src/gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation.ts";
import { ClientSideWeightedRoundRobin } from "../../src/gen/envoy/extensions/load_balancing_policies/client_side_weighted_round_robin/v3/client_side_weighted_round_robin.ts";
import { LeastRequest } from "../../src/gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request.ts";
import { Maglev } from "../../src/gen/envoy/extensions/load_balancing_policies/maglev/v3/maglev.ts";
import { OverrideHost } from "../../src/gen/envoy/extensions/load_balancing_policies/override_host/v3/override_host.ts";
import { Random } from "../../src/gen/envoy/extensions/load_balancing_policies/random/v3/random.ts";
import { RoundRobin } from "../../src/gen/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin.ts";
import { PreviousHostsPredicate } from "../../src/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts.ts";
import { PreviousPrioritiesConfig } from "../../src/gen/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config.ts";
import { ProxyProtocolUpstreamTransport } from "../../src/gen/envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol.ts";
import { RawBuffer } from "../../src/gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer.ts";
import { Secret } from "../../src/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts";
import {
  DownstreamTlsContext,
  UpstreamTlsContext,
} from "../../src/gen/envoy/extensions/transport_sockets/tls/v3/tls.ts";
import { HttpProtocolOptions } from "../../src/gen/envoy/extensions/upstreams/http/v3/http_protocol_options.ts";
import { HttpResponseHeaderMatchInput } from "../../src/gen/envoy/type/matcher/v3/http_inputs.ts";
import {
  HttpResponseLocalReplyMatchInput,
  HttpResponseStatusCodeMatchInput,
} from "../../src/gen/envoy/type/matcher/v3/status_code_input.ts";
import { type ResourceType, typeUrls, type XdsResource } from "../../src/xds/snapshot.ts";

interface Codec {
  readonly $type: string;
  decode(bytes: Uint8Array): unknown;
}

const codecs: ReadonlyMap<string, Codec> = new Map(
  [
    ...[Cluster, ClusterLoadAssignment, Listener, RouteConfiguration, FilterConfig, HttpGrpcAccessLogConfig],
    ...[StdoutAccessLog, BufferFilter, BufferPerRoute, ExternalProcessor, ExtProcPerRoute, Router, TransformConfig],
    ...[
      HeaderMutationFilter,
      HeaderMutationPerRoute,
      HttpConnectionManager,
      HeaderMutation,
      LeastRequest,
      OverrideHost,
      HttpProtocolOptions,
    ],
    ...[DnsCluster, TlsInspector, DownstreamTlsContext, UpstreamTlsContext, Secret],
    ...[Cors, CorsPolicy, PreviousHostsPredicate],
    ...[
      CustomResponse,
      LocalResponsePolicy,
      HttpResponseHeaderMatchInput,
      HTTPFault,
      LocalRateLimit,
      Compressor,
      CompressorPerRoute,
      Gzip,
      Brotli,
      Zstd,
      HttpResponseLocalReplyMatchInput,
      HttpResponseStatusCodeMatchInput,
      ClientSideWeightedRoundRobin,
      Maglev,
      Random,
      RoundRobin,
      PreviousPrioritiesConfig,
      ProxyProtocolUpstreamTransport,
      RawBuffer,
    ],
    ...[JsonToMetadata, SseToMetadata, JsonContentParser],
  ].map((codec: Codec) => [`type.googleapis.com/${codec.$type}`, codec]),
);

/** The message in a resource's bytes as plain data: what is at its default left out, every Any opened. */
export function decodeResource(type: ResourceType, { body }: XdsResource): unknown {
  return open(typeUrls[type], body);
}

function open(typeUrl: string, bytes: Uint8Array): unknown {
  const codec = codecs.get(typeUrl);
  if (codec === undefined) throw new Error(`Cannot decode ${typeUrl}: the test knows no codec for it`);
  return plain(codec.decode(bytes));
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value !== "object" || value === null) return value;
  if ("typeUrl" in value && "value" in value) {
    const { typeUrl, value: bytes } = value as { readonly typeUrl: string; readonly value: Uint8Array };
    return { "@type": typeUrl, ...(open(typeUrl, bytes) as object) };
  }
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const shown = plain(inner);
    return isDefault(shown) ? [] : [[key, shown] as const];
  });
  return Object.fromEntries(kept);
}

/** Messages are kept when they are empty, since that they are there may mean something. */
function isDefault(value: unknown): boolean {
  const emptyList = Array.isArray(value) && value.length === 0;
  return value === undefined || value === "" || value === 0 || value === false || emptyList;
}
