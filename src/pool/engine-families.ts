/**
 * Where each engine's metrics say what is to be known of a server; the first name that a page has counts. Counters of
 * tokens are read of vLLM alone: others move them when a request ends, which tells nothing of its progress.
 */
export type Engine = "vllm" | "sglang" | "trt-llm";

/** A family, or those of its series in which a label says this. */
export interface Source {
  readonly family: string;
  readonly where?: readonly [label: string, value: string];
}

/** Sizes of the KV cache: labels of one series, or values of two families. */
export type CacheSource =
  | { readonly kind: "labels"; readonly family: string; readonly blockSize: string; readonly blocks: string }
  | { readonly kind: "values"; readonly blockSize: Source; readonly blocks: Source };

export interface Families {
  readonly engine: Engine;
  /** A page that describes one of these two is the engine's. */
  readonly waiting: Source;
  readonly running: Source;
  readonly kvCacheUtil: readonly Source[];
  readonly cache: CacheSource;
  /** vLLM's form. */
  readonly adapters?: string;
  readonly counters?: {
    readonly promptTokensTotal: readonly Source[];
    readonly generationTokensTotal: readonly Source[];
    readonly requestSuccessTotal: readonly Source[];
    readonly preemptionsTotal: readonly Source[];
  };
}

export const families: readonly Families[] = [
  {
    // https://docs.vllm.ai/en/latest/design/metrics.html: the names of 0.x and of 1.x.
    engine: "vllm",
    waiting: { family: "vllm:num_requests_waiting" },
    running: { family: "vllm:num_requests_running" },
    kvCacheUtil: [{ family: "vllm:kv_cache_usage_perc" }, { family: "vllm:gpu_cache_usage_perc" }],
    cache: { kind: "labels", family: "vllm:cache_config_info", blockSize: "block_size", blocks: "num_gpu_blocks" },
    adapters: "vllm:lora_requests_info",
    counters: {
      promptTokensTotal: [{ family: "vllm:prompt_tokens_total" }],
      generationTokensTotal: [{ family: "vllm:generation_tokens_total" }],
      requestSuccessTotal: [{ family: "vllm:request_success_total" }],
      preemptionsTotal: [{ family: "vllm:num_preemptions_total" }, { family: "vllm:num_preemptions" }],
    },
  },
  {
    // https://docs.sglang.ai/references/production_metrics.html
    engine: "sglang",
    waiting: { family: "sglang:num_queue_reqs" },
    running: { family: "sglang:num_running_reqs" },
    kvCacheUtil: [{ family: "sglang:token_usage" }],
    cache: { kind: "labels", family: "sglang:cache_config_info", blockSize: "page_size", blocks: "num_pages" },
  },
  {
    // trtllm-serve.
    engine: "trt-llm",
    waiting: { family: "trtllm_num_requests_waiting" },
    running: { family: "trtllm_num_requests_running" },
    kvCacheUtil: [{ family: "trtllm_kv_cache_utilization" }],
    cache: {
      kind: "values",
      blockSize: { family: "trtllm_kv_cache_tokens_per_block" },
      blocks: { family: "trtllm_kv_cache_max_blocks" },
    },
  },
  {
    // https://github.com/triton-inference-server/tensorrtllm_backend#triton-metrics
    engine: "trt-llm",
    waiting: { family: "nv_trt_llm_request_metrics", where: ["request_type", "waiting"] },
    running: { family: "nv_trt_llm_request_metrics", where: ["request_type", "scheduled"] },
    kvCacheUtil: [{ family: "nv_trt_llm_kv_cache_block_metrics", where: ["kv_cache_block_type", "fraction"] }],
    cache: {
      kind: "values",
      blockSize: { family: "nv_trt_llm_kv_cache_block_metrics", where: ["kv_cache_block_type", "tokens_per"] },
      blocks: { family: "nv_trt_llm_kv_cache_block_metrics", where: ["kv_cache_block_type", "max"] },
    },
  },
];
