import type { EngineStats } from "./engine.ts";
import { type Histogram, histogramLines } from "./histogram.ts";

/** Which names a server's metrics have: vLLM renamed some between its engines. */
export type MetricsVersion = "0.x" | "1.x";

export interface MetricsInput {
  readonly version: MetricsVersion;
  readonly model: string;
  readonly stats: EngineStats;
  readonly blockSize: number;
  readonly kvBlocks: number;
  /** Undefined where the server has no adapters: vLLM then has no such family. */
  readonly maxLoras: number | undefined;
  readonly prefixCaching: boolean;
  readonly nowSeconds: number;
  readonly histograms: readonly Histogram[];
}

/** The Prometheus text that vLLM serves. https://docs.vllm.ai/en/latest/design/metrics.html */
export function metricsPage(input: MetricsInput): string {
  const { stats, version } = input;
  const labels = version === "1.x" ? `engine="0",model_name="${input.model}"` : `model_name="${input.model}"`;
  const kvUsage = version === "1.x" ? "vllm:kv_cache_usage_perc" : "vllm:gpu_cache_usage_perc";
  return [
    ...family("gauge", "vllm:num_requests_running", labels, stats.running),
    ...family("gauge", "vllm:num_requests_waiting", labels, stats.waiting),
    ...family("gauge", kvUsage, labels, stats.kvUsage),
    ...(version === "0.x" ? family("gauge", "vllm:num_requests_swapped", labels, 0) : []),
    ...family("counter", "vllm:num_preemptions_total", labels, stats.preemptions),
    ...family("counter", "vllm:prompt_tokens_total", labels, stats.promptTokens),
    ...family("counter", "vllm:generation_tokens_total", labels, stats.generatedTokens),
    ...family("counter", "vllm:request_success_total", `${labels},finished_reason="length"`, stats.finished),
    ...family("counter", "vllm:prefix_cache_queries_total", labels, stats.cacheQueries),
    ...family("counter", "vllm:prefix_cache_hits_total", labels, stats.cacheHits),
    ...loraInfo(input),
    ...cacheConfig(input),
    ...input.histograms.flatMap((histogram) => histogramLines(histogram, labels)),
    "",
  ].join("\n");
}

function loraInfo({ stats, maxLoras, nowSeconds }: MetricsInput): readonly string[] {
  if (maxLoras === undefined) return [];
  const labels =
    `max_lora="${maxLoras}",running_lora_adapters="${stats.runningLoras.join(",")}",` +
    `waiting_lora_adapters="${stats.waitingLoras.join(",")}"`;
  return family("gauge", "vllm:lora_requests_info", labels, nowSeconds);
}

function cacheConfig({ version, blockSize, kvBlocks, prefixCaching }: MetricsInput): readonly string[] {
  const engine = version === "1.x" ? `engine="0",` : "";
  const caching = prefixCaching ? "True" : "False";
  const labels = `block_size="${blockSize}",cache_dtype="auto",enable_prefix_caching="${caching}",${engine}num_gpu_blocks="${kvBlocks}"`;
  return family("gauge", "vllm:cache_config_info", labels, 1);
}

function family(type: "gauge" | "counter", name: string, labels: string, value: number): readonly string[] {
  return [`# TYPE ${name} ${type}`, `${name}{${labels}} ${value}`];
}

export function gauge(name: string, labels: string, value: number): readonly string[] {
  return family("gauge", name, labels, value);
}
