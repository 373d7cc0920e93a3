import assert from "node:assert/strict";
import { test } from "node:test";
import { newHistogram, observe } from "../../../src/sim/histogram.ts";
import { type MetricsInput, metricsPage } from "../../../src/sim/metrics-page.ts";

const input: MetricsInput = {
  version: "1.x",
  model: "qwen",
  stats: {
    running: 3,
    waiting: 2,
    kvUsage: 0.25,
    runningLoras: ["a", "b"],
    waitingLoras: ["c"],
    preemptions: 4,
    promptTokens: 100,
    generatedTokens: 50,
    finished: 7,
    cacheQueries: 0,
    cacheHits: 0,
  },
  blockSize: 16,
  kvBlocks: 600,
  maxLoras: 4,
  prefixCaching: false,
  nowSeconds: 1_700_000_000.5,
  histograms: [],
};

test("the page has the names of vLLM 1.x", () => {
  const lines = metricsPage(input).split("\n");
  for (const line of [
    'vllm:num_requests_running{engine="0",model_name="qwen"} 3',
    'vllm:num_requests_waiting{engine="0",model_name="qwen"} 2',
    'vllm:kv_cache_usage_perc{engine="0",model_name="qwen"} 0.25',
    'vllm:num_preemptions_total{engine="0",model_name="qwen"} 4',
    'vllm:generation_tokens_total{engine="0",model_name="qwen"} 50',
    'vllm:lora_requests_info{max_lora="4",running_lora_adapters="a,b",waiting_lora_adapters="c"} 1700000000.5',
  ]) {
    assert.ok(lines.includes(line), line);
  }
  assert.match(lines.join("\n"), /vllm:cache_config_info\{block_size="16",.*num_gpu_blocks="600"\} 1\n/);
});

test("the page has the names of vLLM 0.x", () => {
  const page = metricsPage({ ...input, version: "0.x" });
  assert.match(page, /^vllm:gpu_cache_usage_perc\{model_name="qwen"\} 0\.25$/m);
  assert.doesNotMatch(page, /kv_cache_usage_perc|engine=/);
});

test("a server without adapters has no family of adapters", () => {
  assert.doesNotMatch(metricsPage({ ...input, maxLoras: undefined }), /lora/);
});

test("buckets are cumulative and include their bound", () => {
  const histogram = newHistogram("h", [1, 2]);
  for (const value of [0.5, 1, 2, 3]) observe(histogram, value);
  const page = metricsPage({ ...input, version: "0.x", histograms: [histogram] });
  const lines = page.split("\n").filter((line) => line.startsWith("h_"));
  assert.deepEqual(lines, [
    'h_bucket{model_name="qwen",le="1"} 2',
    'h_bucket{model_name="qwen",le="2"} 3',
    'h_bucket{model_name="qwen",le="+Inf"} 4',
    'h_sum{model_name="qwen"} 6.5',
    'h_count{model_name="qwen"} 4',
  ]);
});
