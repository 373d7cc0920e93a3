import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseMetrics } from "../../../src/pool/engine-metrics.ts";
import { metricsDialects, pageIn } from "../../../src/sim/metrics-dialects.ts";
import type { MetricsInput } from "../../../src/sim/metrics-page.ts";

const input: MetricsInput = {
  version: "1.x",
  model: "qwen",
  stats: {
    ...{ running: 3, waiting: 2, kvUsage: 0.25, runningLoras: [], waitingLoras: [], preemptions: 0 },
    ...{ promptTokens: 100, generatedTokens: 50, finished: 7, cacheQueries: 0, cacheHits: 0 },
  },
  ...{ blockSize: 16, kvBlocks: 600, maxLoras: undefined, prefixCaching: false, nowSeconds: 1, histograms: [] },
};

const engines = { vllm: "vllm", sglang: "sglang", trtllm: "trt-llm" } as const;

describe("a simulated server's metrics", () => {
  for (const dialect of metricsDialects) {
    it(`are read as what they are, by the names of ${dialect}`, () => {
      const reading = parseMetrics(Buffer.from(pageIn(dialect, input)));
      assert.ok(reading !== undefined);
      const { engine = "vllm", waiting, running, kvCacheUtil, cache } = reading;
      assert.deepEqual(
        { engine, waiting, running, kvCacheUtil, cache },
        {
          ...{ engine: engines[dialect], waiting: 2, running: 3, kvCacheUtil: 0.25 },
          cache: { blockSize: 16, blocks: 600 },
        },
      );
    });
  }
});
