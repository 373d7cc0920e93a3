const labels = `engine="0",model_name="served-model"`;

const histograms = [
  ["vllm:request_prompt_tokens", [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000]],
  ["vllm:request_generation_tokens", [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000]],
  ["vllm:iteration_tokens_total", [1, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384]],
  ["vllm:time_to_first_token_seconds", seconds()],
  ["vllm:inter_token_latency_seconds", seconds()],
  ["vllm:time_per_output_token_seconds", seconds()],
  ["vllm:request_time_per_output_token_seconds", seconds()],
  ["vllm:e2e_request_latency_seconds", seconds()],
  ["vllm:request_queue_time_seconds", seconds()],
  ["vllm:request_inference_time_seconds", seconds()],
  ["vllm:request_prefill_time_seconds", seconds()],
  ["vllm:request_decode_time_seconds", seconds()],
] as const;

function seconds(): readonly number[] {
  return [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160];
}

/** Some 30 KB, as a real server's page; idle, and with a cache that nothing here can fill. */
export function vllmPage(): string {
  const gauge = (name: string, value: number, more = ""): string =>
    `# HELP ${name} Of the engine.\n# TYPE ${name} gauge\n${name}{${labels}${more}} ${value}\n`;
  return [
    gauge("vllm:num_requests_running", 0),
    gauge("vllm:num_requests_waiting", 0),
    gauge("vllm:kv_cache_usage_perc", 0),
    gauge("vllm:cache_config_info", 1, `,block_size="16",num_gpu_blocks="1000000",cache_dtype="auto"`),
    ...histograms.map(([name, bounds]) => histogram(name, bounds)),
  ].join("");
}

function histogram(name: string, bounds: readonly number[]): string {
  const buckets = [...bounds.map(String), "+Inf"].map((bound) => `${name}_bucket{${labels},le="${bound}"} 123456\n`);
  return (
    `# HELP ${name} Histogram of the engine.\n# TYPE ${name} histogram\n${buckets.join("")}` +
    `${name}_count{${labels}} 123456\n${name}_sum{${labels}} 123456.789\n`
  );
}
