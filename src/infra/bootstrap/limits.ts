import type { Json } from "../../lib/json.ts";

export interface BootstrapLimits {
  /** Waiting bodies live in Envoy: above 98 % of this new requests are refused. Absent: nobody said what it may use. */
  readonly maxHeapBytes?: number;
  readonly maxDownstreamConnections: number;
  /** Envoy's default of 100 refuses usual expressions; the compiler of routes checks them first. */
  readonly maxRegexProgramSize: number;
}

export const commonLimits = {
  maxDownstreamConnections: 50_000,
  maxRegexProgramSize: 2 ** 32 - 1,
} as const satisfies BootstrapLimits;

const heapMonitor = "envoy.resource_monitors.fixed_heap";
const connectionMonitor = "envoy.resource_monitors.global_downstream_max_connections";

export function overloadManager({ maxHeapBytes, maxDownstreamConnections }: BootstrapLimits): Json {
  return {
    refresh_interval: "0.25s",
    resource_monitors: [
      ...(maxHeapBytes === undefined ? [] : [heap(maxHeapBytes)]),
      {
        name: connectionMonitor,
        typed_config: {
          "@type":
            "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
          max_active_downstream_connections: maxDownstreamConnections,
        },
      },
    ],
    actions:
      maxHeapBytes === undefined
        ? []
        : [
            atHeap("envoy.overload_actions.shrink_heap", 0.95),
            atHeap("envoy.overload_actions.stop_accepting_requests", 0.98),
          ],
  };
}

function heap(maxHeapBytes: number): Json {
  return {
    name: heapMonitor,
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig",
      max_heap_size_bytes: maxHeapBytes,
    },
  };
}

function atHeap(name: string, value: number): Json {
  return { name, triggers: [{ name: heapMonitor, threshold: { value } }] };
}

export function layeredRuntime({ maxRegexProgramSize }: BootstrapLimits): Json {
  return {
    layers: [
      {
        name: "static",
        static_layer: {
          // Without it every ext_proc stream ends with a reset, and Node closes a session after 1,000 of them.
          "envoy.reloadable_features.ext_proc_graceful_grpc_close": true,
          "re2.max_program_size.error_level": maxRegexProgramSize,
          "re2.max_program_size.warn_level": Math.min(1000, maxRegexProgramSize),
        },
      },
    ],
  };
}
