import { Cluster } from "../../src/gen/envoy/config/cluster/v3/cluster.ts";
import { ClusterLoadAssignment } from "../../src/gen/envoy/config/endpoint/v3/endpoint.ts";
import { Listener } from "../../src/gen/envoy/config/listener/v3/listener.ts";
import { RouteConfiguration } from "../../src/gen/envoy/config/route/v3/route.ts";
import { FilterConfig } from "../../src/gen/envoy/config/route/v3/route_components.ts";
import { HttpGrpcAccessLogConfig } from "../../src/gen/envoy/extensions/access_loggers/grpc/v3/als.ts";
import { StdoutAccessLog } from "../../src/gen/envoy/extensions/access_loggers/stream/v3/stream.ts";
import {
  Buffer as BufferFilter,
  BufferPerRoute,
} from "../../src/gen/envoy/extensions/filters/http/buffer/v3/buffer.ts";
import { Cors, CorsPolicy } from "../../src/gen/envoy/extensions/filters/http/cors/v3/cors.ts";
import {
  ExternalProcessor,
  ExtProcPerRoute,
} from "../../src/gen/envoy/extensions/filters/http/ext_proc/v3/ext_proc.ts";
import { Router } from "../../src/gen/envoy/extensions/filters/http/router/v3/router.ts";
import { TransformConfig } from "../../src/gen/envoy/extensions/filters/http/transform/v3/transform.ts";
import { HttpConnectionManager } from "../../src/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import { HeaderMutation } from "../../src/gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation.ts";
import { LeastRequest } from "../../src/gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request.ts";
import { OverrideHost } from "../../src/gen/envoy/extensions/load_balancing_policies/override_host/v3/override_host.ts";
import { PreviousHostsPredicate } from "../../src/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts.ts";
import { HttpProtocolOptions } from "../../src/gen/envoy/extensions/upstreams/http/v3/http_protocol_options.ts";
import { type ResourceType, typeUrls, type XdsResource } from "../../src/xds/snapshot.ts";

interface Codec {
  readonly $type: string;
  decode(bytes: Uint8Array): unknown;
}

const codecs: ReadonlyMap<string, Codec> = new Map(
  [
    ...[Cluster, ClusterLoadAssignment, Listener, RouteConfiguration, FilterConfig, HttpGrpcAccessLogConfig],
    ...[StdoutAccessLog, BufferFilter, BufferPerRoute, ExternalProcessor, ExtProcPerRoute, Router, TransformConfig],
    ...[HttpConnectionManager, HeaderMutation, LeastRequest, OverrideHost, HttpProtocolOptions],
    ...[Cors, CorsPolicy, PreviousHostsPredicate],
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
