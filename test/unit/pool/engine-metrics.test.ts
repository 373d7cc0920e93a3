import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseMetrics } from "../../../src/pool/engine-metrics.ts";

const page1x = `# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="qwen"} 7.0
# HELP vllm:num_requests_waiting Number of requests waiting to be processed.
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="qwen"} 3.0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="qwen"} 0.4375
# TYPE vllm:cache_config_info gauge
vllm:cache_config_info{block_size="16",cache_dtype="auto",engine="0",num_gpu_blocks="6000"} 1.0
vllm:prompt_tokens_total{engine="0",model_name="qwen"} 1.5e+06
vllm:prompt_tokens_created{engine="0",model_name="qwen"} 1.7e+09
vllm:generation_tokens_total{engine="0",model_name="qwen"} 250000.0
vllm:request_success_total{engine="0",finished_reason="stop",model_name="qwen"} 10.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="qwen"} 4.0
vllm:num_preemptions_total{engine="0",model_name="qwen"} 2.0
vllm:lora_requests_info{max_lora="4",running_lora_adapters="old",waiting_lora_adapters=""} 1.0e+09
vllm:lora_requests_info{max_lora="4",running_lora_adapters="travel-helper-v1, b",waiting_lora_adapters="c"} 1.7e+09
`;

describe("parseMetrics()", () => {
  test("reads every family of a 1.x page", () => {
    assert.deepEqual(parseMetrics(Buffer.from(page1x)), {
      waiting: 3,
      running: 7,
      kvCacheUtil: 0.4375,
      cache: { blockSize: 16, blocks: 6000 },
      adapters: { running: ["travel-helper-v1", "b"], waiting: ["c"], max: 4 },
      promptTokensTotal: 1_500_000,
      generationTokensTotal: 250_000,
      requestSuccessTotal: 14,
      preemptionsTotal: 2,
    });
  });

  test("reads the 0.x names, without labels, with timestamps and Windows line ends", () => {
    const page =
      "vllm:num_requests_waiting 1 1700000000000\r\nvllm:num_requests_running 2\r\nvllm:gpu_cache_usage_perc 0.5\r\nvllm:num_preemptions 3";
    assert.deepEqual(parseMetrics(Buffer.from(page)), {
      waiting: 1,
      running: 2,
      kvCacheUtil: 0.5,
      preemptionsTotal: 3,
    });
  });

  test("sums counts and caches of several engines and takes the mean of their use", () => {
    const page = [0, 1]
      .map(
        (engine) => `vllm:num_requests_waiting{engine="${engine}"} ${engine + 1}
vllm:num_requests_running{engine="${engine}"} 5
vllm:kv_cache_usage_perc{engine="${engine}"} ${engine}
vllm:cache_config_info{engine="${engine}",block_size="16",num_gpu_blocks="100"} 1
`,
      )
      .join("");
    const reading = parseMetrics(Buffer.from(page));
    assert.equal(reading?.waiting, 3);
    assert.equal(reading?.running, 10);
    assert.equal(reading?.kvCacheUtil, 0.5);
    assert.deepEqual(reading?.cache, { blockSize: 16, blocks: 200 });
  });

  test("a server that described its families and served nothing yet is idle", () => {
    const page = "# TYPE vllm:num_requests_running gauge\n# TYPE vllm:num_requests_waiting gauge\n";
    assert.deepEqual(parseMetrics(Buffer.from(page)), { waiting: 0, running: 0 });
  });

  test("a page of another program, or none, is no reading", () => {
    for (const page of ["", "Not Found", "process_cpu_seconds_total 1\n", "x_vllm:num_requests_running 1\n"]) {
      assert.equal(parseMetrics(Buffer.from(page)), undefined);
    }
  });

  test("braces, quotes and escapes inside a label value do not end the labels", () => {
    const page =
      'vllm:num_requests_running{model_name="a}\\"{b\\\\"} 4\nvllm:num_requests_waiting{model_name="a}"} 6\n';
    assert.deepEqual(parseMetrics(Buffer.from(page)), { waiting: 6, running: 4 });
  });

  test("NaN, infinite and cut values are left out", () => {
    const page =
      'vllm:num_requests_running{a="1"} NaN\nvllm:num_requests_running{a="2"} 4\nvllm:num_requests_waiting{a="1"} +Inf\nvllm:kv_cache_usage_perc{a="1';
    assert.deepEqual(parseMetrics(Buffer.from(page)), { waiting: 0, running: 4 });
  });

  test("never throws, whatever bytes follow a family's name", () => {
    const fragment = fc.oneof(
      fc.constantFrom(
        "vllm:num_requests_running",
        "vllm:lora_requests_info",
        "vllm:cache_config_info",
        "\n",
        "{",
        "}",
        '"',
        "\\",
        "=",
        ",",
        " ",
        "1",
        "NaN",
        "block_size",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(fragment), (parts) => {
        const reading = parseMetrics(Buffer.from(parts.join("")));
        if (reading !== undefined) assert.ok(Number.isFinite(reading.running) && Number.isFinite(reading.waiting));
      }),
    );
  });
});

describe("parseMetrics() of other engines", () => {
  test("reads SGLang's names", () => {
    const page = `# TYPE sglang:num_running_reqs gauge
sglang:num_running_reqs{model_name="qwen"} 7.0
sglang:num_queue_reqs{model_name="qwen"} 3.0
sglang:token_usage{model_name="qwen"} 0.28
sglang:cache_config_info{model_name="qwen",num_pages="90000",page_size="1"} 1.0
sglang:generation_tokens_total{model_name="qwen"} 5.0
`;
    assert.deepEqual(parseMetrics(Buffer.from(page)), {
      engine: "sglang",
      waiting: 3,
      running: 7,
      kvCacheUtil: 0.28,
      cache: { blockSize: 1, blocks: 90_000 },
    });
  });

  test("reads those of trtllm-serve", () => {
    const page = `trtllm_num_requests_waiting 2
trtllm_num_requests_running 9
trtllm_kv_cache_utilization 0.5
trtllm_kv_cache_tokens_per_block 32
trtllm_kv_cache_max_blocks 4000
`;
    assert.deepEqual(parseMetrics(Buffer.from(page)), {
      engine: "trt-llm",
      waiting: 2,
      running: 9,
      kvCacheUtil: 0.5,
      cache: { blockSize: 32, blocks: 4_000 },
    });
  });

  test("reads those of Triton, by the labels of their series", () => {
    const page = `nv_trt_llm_request_metrics{model="m",request_type="waiting",version="1"} 2
nv_trt_llm_request_metrics{model="m",request_type="scheduled",version="1"} 9
nv_trt_llm_request_metrics{model="m",request_type="max",version="1"} 512
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction",model="m",version="1"} 0.25
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="tokens_per",model="m",version="1"} 64
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="max",model="m",version="1"} 2448
`;
    assert.deepEqual(parseMetrics(Buffer.from(page)), {
      engine: "trt-llm",
      waiting: 2,
      running: 9,
      kvCacheUtil: 0.25,
      cache: { blockSize: 64, blocks: 2_448 },
    });
  });

  test("knows no other engine", () => {
    assert.equal(parseMetrics(Buffer.from("tgi_queue_size 3\ntgi_batch_current_size 2\n")), undefined);
  });
});
