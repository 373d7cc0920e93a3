/**
 * A pool reference as xDS, free of how the route around it was built: filters of the listener, what the virtual host
 * must carry, what a route (or one weighted cluster) must carry, and the cluster. https://github.com/kubernetes-sigs/gateway-api-inference-extension/tree/main/docs/proposals/004-endpoint-picker-protocol
 */
import type { GrpcService } from "../../../gen/envoy/config/core/v3/grpc_service.ts";
import { Buffer as BufferFilter } from "../../../gen/envoy/extensions/filters/http/buffer/v3/buffer.ts";
import {
  ExternalProcessor,
  ExternalProcessor_RouteCacheAction as RouteCacheAction,
} from "../../../gen/envoy/extensions/filters/http/ext_proc/v3/ext_proc.ts";
import type { HttpFilter } from "../../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import { StatusCode } from "../../../gen/envoy/type/v3/http_status.ts";
import { destination, maxBodyBytes, placementMetadata, requestAttributes, staticClusters } from "../../../lib/wire.ts";
import { duration, pack } from "../any.ts";
import { filterNames } from "../filter-names.ts";
import { nothingToPicker } from "./processing-mode.ts";

/** Both disabled: a listener is the same whatever its routes are. Their order in the chain is this one. */
export function poolFilters(): HttpFilter[] {
  return [
    {
      name: filterNames.buffer,
      disabled: true,
      configType: { $case: "typedConfig", value: pack(BufferFilter, { maxRequestBytes: maxBodyBytes }) },
    },
    {
      name: filterNames.extProc,
      disabled: true,
      configType: { $case: "typedConfig", value: pack(ExternalProcessor, externalProcessor) },
    },
  ];
}

/** Envoy takes at most this for both message timeouts. */
const longestMessageTimeout = duration(3_600_000);

/** Of every picker, ours or not. */
export const anyPicker = {
  processingMode: nothingToPicker,
  // A picker is silent while the request waits: only then can Envoy replay it to one that comes back.
  sendBodyWithoutWaitingForHeaderResponse: true,
  allowContentLengthHeader: true,
  messageTimeout: longestMessageTimeout,
  maxMessageTimeout: longestMessageTimeout,
  statusOnError: { code: StatusCode.ServiceUnavailable },
  // It chooses a server, never a route.
  routeCacheAction: RouteCacheAction.RETAIN,
  // Who the client is, the servers are told.
  forwardRules: {
    disallowedHeaders: {
      patterns: ["authorization", "cookie", "x-api-key"].map((value) => ({ matchPattern: { $case: "exact", value } })),
    },
  },
} as const satisfies ExternalProcessor;

const externalProcessor: ExternalProcessor = {
  ...anyPicker,
  grpcService: pickerService({ retries: 1000 }),
  requestAttributes: [...requestAttributes],
  metadataOptions: { receivingNamespaces: { untyped: [destination.namespace, placementMetadata.namespace] } },
  // These rules hold for immediate answers too, whose own headers are the last four.
  mutationRules: {
    disallowAll: true,
    allowExpression: {
      regex: "content-length|x-gateway-.*|x-antechamber-.*|content-type|retry-after|x-llm-d-.*|x-request-.*",
    },
  },
};

/**
 * Retries replay the waiting request to a picker that comes back, which takes about 0.1 s. They come before failing
 * open, so a pool that fails open has few.
 */
export function pickerService({ retries }: { readonly retries: number }): GrpcService {
  return {
    targetSpecifier: { $case: "envoyGrpc", value: { clusterName: staticClusters.picker } },
    timeout: duration(0),
    retryPolicy: {
      retryOn: "connect-failure,refused-stream,unavailable,cancelled,internal,reset,reset-before-request",
      numRetries: retries,
      retryBackOff: { baseInterval: duration(200), maxInterval: duration(1000) },
    },
  };
}
