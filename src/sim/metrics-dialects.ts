import { gauge, type MetricsInput, metricsPage } from "./metrics-page.ts";

/** Whose names a server's metrics have. Only they differ: API and queueing are vLLM's throughout. */
export const metricsDialects = ["vllm", "sglang", "trtllm"] as const;
export type MetricsDialect = (typeof metricsDialects)[number];

export function pageIn(dialect: MetricsDialect, input: MetricsInput): string {
  switch (dialect) {
    case "vllm":
      return metricsPage(input);
    case "sglang":
      return sglangPage(input);
    case "trtllm":
      return trtllmPage(input);
  }
}

/** https://docs.sglang.ai/references/production_metrics.html */
function sglangPage({ model, stats, blockSize, kvBlocks }: MetricsInput): string {
  const labels = `model_name="${model}"`;
  return [
    ...gauge("sglang:num_running_reqs", labels, stats.running),
    ...gauge("sglang:num_queue_reqs", labels, stats.waiting),
    ...gauge("sglang:token_usage", labels, stats.kvUsage),
    ...gauge("sglang:cache_config_info", `${labels},num_pages="${kvBlocks}",page_size="${blockSize}"`, 1),
    "",
  ].join("\n");
}

/** As trtllm-serve has them. */
function trtllmPage({ model, stats, blockSize, kvBlocks }: MetricsInput): string {
  const labels = `model_name="${model}"`;
  return [
    ...gauge("trtllm_num_requests_running", labels, stats.running),
    ...gauge("trtllm_num_requests_waiting", labels, stats.waiting),
    ...gauge("trtllm_kv_cache_utilization", labels, stats.kvUsage),
    ...gauge("trtllm_kv_cache_tokens_per_block", labels, blockSize),
    ...gauge("trtllm_kv_cache_max_blocks", labels, kvBlocks),
    "",
  ].join("\n");
}
