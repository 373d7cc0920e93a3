import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestRecord } from "../../../src/sim/load/record.ts";
import { report } from "../../../src/sim/load/report.ts";
import { distribution, percentile, summarize } from "../../../src/sim/load/summary.ts";

function ok(startMs: number, ttftMs: number, itlMs: readonly number[]): RequestRecord {
  const endMs = startMs + ttftMs + itlMs.reduce((sum, gap) => sum + gap, 0);
  return { startMs, endMs, promptTokens: 100, outcome: { kind: "ok", outputTokens: itlMs.length + 1, ttftMs, itlMs } };
}

function failed(cause: string, message: string): RequestRecord {
  return { startMs: 0, endMs: 5, promptTokens: 100, outcome: { kind: "failed", cause, message } };
}

const records: readonly RequestRecord[] = [
  ok(0, 100, [10, 20]),
  ok(0, 300, [30, 40]),
  failed("503", "no room"),
  failed("503", "again"),
  failed("ECONNRESET", "read\u001b[31m\n reset"),
  { startMs: 0, endMs: 9, promptTokens: 100, outcome: { kind: "interrupted" } },
];

const summary = summarize([{ model: "qwen", records }], 2_000);

test("only what succeeded counts into tokens, rates and times", () => {
  assert.equal(summary.completed, 2);
  assert.equal(summary.failed, 3);
  assert.equal(summary.interrupted, 1);
  assert.equal(summary.inputTokens, 200);
  assert.equal(summary.outputTokens, 6);
  assert.equal(summary.requestRate, 1);
  assert.equal(summary.outputTokenRate, 3);
  assert.equal(summary.totalTokenRate, 103);
});

test("time per output token leaves the first out; the gaps are those between events", () => {
  assert.equal(summary.latencies.ttft.mean, 200);
  assert.deepEqual(summary.latencies.tpot.sorted, [15, 35]);
  assert.deepEqual(summary.latencies.itl.sorted, [10, 20, 30, 40]);
  assert.deepEqual(summary.latencies.e2el.sorted, [130, 370]);
});

test("failures are grouped by cause, the most frequent first, each with a message", () => {
  assert.deepEqual(
    summary.failures.map(({ cause, count, sample }) => [cause, count, sample.slice(0, 7)]),
    [
      ["503", 2, "no room"],
      ["ECONNRESET", 1, "read\u001b[3"],
    ],
  );
});

test("percentiles interpolate as numpy does", () => {
  const { sorted, std } = distribution([4, 1, 3, 2]);
  assert.equal(percentile({ sorted }, 50), 2.5);
  assert.equal(percentile({ sorted }, 99).toFixed(2), "3.97");
  assert.equal(percentile({ sorted }, 0), 1);
  assert.equal(std.toFixed(3), "1.118");
  assert.equal(percentile({ sorted: [] }, 50), 0);
});

test("the report has the layout of the vLLM benchmark", () => {
  const text = report(summary, {
    title: undefined,
    maxConcurrency: 60,
    requestRate: Number.POSITIVE_INFINITY,
    metrics: ["ttft"],
    percentiles: [99],
  });
  assert.deepEqual(
    text.split("\n").map((line) => line.trimEnd()),
    [
      "============ Serving Benchmark Result ============",
      "Successful requests:                     2",
      "Failed requests:                         3",
      "Interrupted requests:                    1",
      "Maximum request concurrency:             60",
      "Benchmark duration (s):                  2.00",
      "Total input tokens:                      200",
      "Total generated tokens:                  6",
      "Request throughput (req/s):              1.00",
      "Output token throughput (tok/s):         3.00",
      "Total token throughput (tok/s):          103.00",
      "---------------Time to First Token----------------",
      "Mean TTFT (ms):                          200.00",
      "Median TTFT (ms):                        200.00",
      "P99 TTFT (ms):                           298.00",
      "---------------------Failures---------------------",
      "503:                                     2",
      "  no room",
      "ECONNRESET:                              1",
      "  read [31m  reset",
      "==================================================",
      "",
    ],
  );
});
