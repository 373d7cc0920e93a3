/**
 * The picker's metric families: one table. Those of the field stand under both of its names, the older
 * inference_* and the newer llm_d_epp_*, so that dashboards made for either work.
 * https://github.com/llm-d/llm-d-inference-scheduler/blob/main/docs/metrics.md
 */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

const waitBuckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];
const durationBuckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1, 2, 3, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const sizeBuckets = [64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 33554432, 1073741824];
const tokenBuckets = [1, 8, 32, 128, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 1048576];

const modelLabels = ["model_name", "target_model_name"] as const;
const queueLabels = ["fairness_id", "priority", "inference_pool"] as const;

export type Labels = Readonly<Record<string, string | number>>;

export type Families = ReturnType<typeof createFamilies>;

export function createFamilies(registry: Registry) {
  const registers = [registry];

  const gauge = (names: readonly string[], help: string, labelNames: readonly string[]) => {
    const all = names.map((name) => new Gauge({ name, help, labelNames, registers }));
    return {
      set: (labels: Labels, value: number): void => all.forEach((one) => one.set(labels, value)),
      reset: (): void => all.forEach((one) => one.reset()),
    };
  };
  const counter = (names: readonly string[], help: string, labelNames: readonly string[]) => {
    const all = names.map((name) => new Counter({ name, help, labelNames, registers }));
    return { add: (labels: Labels, value = 1): void => all.forEach((one) => one.inc(labels, value)) };
  };
  const histogram = (names: readonly string[], help: string, labelNames: readonly string[], buckets: number[]) => {
    const all = names.map((name) => new Histogram({ name, help, labelNames, buckets, registers }));
    return { observe: (labels: Labels, value: number): void => all.forEach((one) => one.observe(labels, value)) };
  };
  const flowControl = (name: string): string[] => [
    `inference_extension_flow_control_${name}`,
    `llm_d_epp_flow_control_${name}`,
  ];
  const pool = (older: string, newer = older): string[] => [`inference_pool_${older}`, `llm_d_epp_${newer}`];
  const objective = (older: string, newer: string): string[] => [`inference_objective_${older}`, `llm_d_epp_${newer}`];

  return {
    queueDuration: histogram(
      flowControl("request_queue_duration_seconds"),
      "Time that requests waited, by how they left the queue",
      [...queueLabels, "outcome", ...modelLabels],
      waitBuckets,
    ),
    flowOutcomes: counter(["llm_d_epp_flow_control_requests_total"], "Requests that left flow control, by outcome", [
      "outcome",
      "priority",
      "inference_pool",
    ]),
    queueSize: gauge(flowControl("queue_size"), "Requests that wait", queueLabels),
    queueBytes: gauge(flowControl("queue_bytes"), "Bytes of the bodies of requests that wait", queueLabels),
    poolSaturation: gauge(flowControl("pool_saturation"), "1: no server has room by the utilization rule", [
      "inference_pool",
    ]),
    queueUseRequests: gauge(
      ["llm_d_epp_flow_control_global_capacity_utilization_requests"],
      "Waiting requests as a share of the most that may wait",
      ["inference_pool"],
    ),
    queueUseBytes: gauge(
      ["llm_d_epp_flow_control_global_capacity_utilization_bytes"],
      "Waiting bytes as a share of the most that may wait",
      ["inference_pool"],
    ),
    averageKvCache: gauge(pool("average_kv_cache_utilization"), "Mean KV cache use of the pool's servers", ["name"]),
    averageQueue: gauge(pool("average_queue_size"), "Mean number of requests waiting in the pool's servers", ["name"]),
    averageRunning: gauge(["llm_d_epp_average_running_requests"], "Mean number of running requests per server", [
      "name",
    ]),
    readyEndpoints: gauge(pool("ready_pods", "ready_endpoints"), "Servers that may be given requests", ["name"]),
    olderServerQueue: gauge(["inference_pool_per_pod_queue_size"], "Requests waiting in a server", [
      "name",
      "model_server_pod",
    ]),
    serverQueue: gauge(["llm_d_epp_per_endpoint_queue_size"], "Requests waiting in a server", [
      "name",
      "model_server_endpoint",
    ]),
    serverRequests: gauge(["llm_d_epp_inflight_requests"], "Requests placed on a server and not ended", [
      "endpoint_name",
    ]),
    serverTokens: gauge(["llm_d_epp_inflight_tokens"], "Tokens that those are expected to hold at most", [
      "endpoint_name",
    ]),
    requests: counter(objective("request_total", "request_total"), "Requests that were placed", modelLabels),
    errors: counter(objective("request_error_total", "request_error_total"), "Requests that failed or were refused", [
      ...modelLabels,
      "error_code",
    ]),
    running: gauge(objective("running_requests", "request_running"), "Placed requests that have not ended", [
      "model_name",
    ]),
    duration: histogram(
      objective("request_duration_seconds", "request_duration_seconds"),
      "From arrival to end, the wait included",
      modelLabels,
      durationBuckets,
    ),
    timeToFirstToken: histogram(
      objective("request_ttft_seconds", "request_ttft_seconds"),
      "From arrival to the first byte of the answer, the wait included",
      modelLabels,
      durationBuckets,
    ),
    requestSize: histogram(
      objective("request_sizes", "request_size_bytes"),
      "Bytes of request bodies",
      modelLabels,
      sizeBuckets,
    ),
    responseSize: histogram(
      objective("response_sizes", "response_size_bytes"),
      "Bytes of response bodies",
      modelLabels,
      sizeBuckets,
    ),
    inputTokens: histogram(
      objective("input_tokens", "request_input_tokens"),
      "Prompt tokens, where the answer says",
      modelLabels,
      tokenBuckets,
    ),
    outputTokens: histogram(
      objective("output_tokens", "request_output_tokens"),
      "Tokens produced, where the answer says",
      modelLabels,
      tokenBuckets,
    ),
    schedulerDuration: histogram(
      ["inference_extension_scheduler_e2e_duration_seconds", "llm_d_epp_scheduler_e2e_duration_seconds"],
      "Time to decide on a request at its arrival",
      [],
      [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1],
    ),
    streams: gauge(["llm_d_epp_extproc_streams_inflight"], "Open ext_proc streams", []),
    spans: counter(["antechamber_picker_spans_total"], "Spans that were exported, or dropped", ["result"]),
    servedElsewhere: counter(
      ["antechamber_picker_served_elsewhere_total"],
      "Requests that another server than the picked one served",
      [],
    ),
  };
}
