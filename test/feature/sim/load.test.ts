import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { systemClock } from "../../../src/lib/clock.ts";
import { isOk, type LoadRun } from "../../../src/sim/load/record.ts";
import { type LoadPlan, runLoad } from "../../../src/sim/load/run.ts";
import { summarize } from "../../../src/sim/load/summary.ts";
import { startSim } from "./start-sim.ts";
import { until } from "./until.ts";

function plan(url: string, changes: Partial<LoadPlan> = {}): LoadPlan {
  return {
    target: { baseUrl: new URL(url), endpoint: "/v1/completions", headers: {}, ignoreEos: true },
    models: ["qwen"],
    numPrompts: 20,
    maxConcurrency: 5,
    requestRate: Number.POSITIVE_INFINITY,
    burstiness: 1,
    startWithinMs: 0,
    dataset: { prefixLen: 10, inputLen: 30, outputLen: 10, rangeRatio: 0.2 },
    seed: 1,
    ...changes,
  };
}

function run(plan: LoadPlan, signal = new AbortController().signal): Promise<LoadRun> {
  return runLoad(plan, { clock: systemClock, signal, onRecord() {} });
}

test("what the client counts is what the server computed", async (t) => {
  const server = await startSim(t);
  const result = await run(plan(server.url, { models: ["qwen", "travel-helper-v1"] }));
  const summary = summarize(result.models, result.durationMs);
  assert.equal(summary.completed, 40);
  assert.equal(summary.inputTokens, server.stats().promptTokens);
  assert.equal(summary.outputTokens, server.stats().generatedTokens);
  for (const record of result.models.flatMap(({ records }) => records)) {
    assert.ok(isOk(record));
    assert.ok(record.outcome.ttftMs > 0);
    assert.equal(record.outcome.itlMs.length, record.outcome.outputTokens - 1);
  }
});

test("a chat endpoint gets messages", async (t) => {
  const server = await startSim(t);
  const base = plan(server.url);
  const result = await run({ ...base, target: { ...base.target, endpoint: "/v1/chat/completions" } });
  assert.equal(summarize(result.models, result.durationMs).completed, 20);
});

test("each model has its own limit of requests in flight", async (t) => {
  const server = await startSim(t);
  let most = 0;
  const watch = setInterval(() => {
    const { running, waiting } = server.stats();
    most = Math.max(most, running + waiting);
  }, 1);
  await run(plan(server.url, { models: ["qwen", "travel-helper-v1"], maxConcurrency: 3 }));
  clearInterval(watch);
  assert.equal(most, 6);
});

test("a request rate spreads the arrivals", async (t) => {
  const server = await startSim(t);
  const result = await run(plan(server.url, { requestRate: 100, maxConcurrency: 20 }));
  const starts = result.models[0]?.records.map(({ startMs }) => startMs) ?? [];
  assert.ok(Math.max(...starts) - Math.min(...starts) > 80, `${Math.max(...starts)} ms`);
});

test("the first requests of both models spread over the start", async (t) => {
  const server = await startSim(t);
  const result = await run(
    plan(server.url, { models: ["qwen", "travel-helper-v1"], startWithinMs: 200, maxConcurrency: 20 }),
  );
  for (const { records } of result.models) {
    const starts = records.map(({ startMs }) => startMs);
    assert.ok(Math.min(...starts) < 100 && Math.max(...starts) > 100, starts.join(" "));
    assert.ok(Math.max(...starts) < 250);
  }
});

test("failures keep their status and a sample of the message", async (t) => {
  const server = await startSim(t, { faults: { status: 503 } });
  const result = await run(plan(server.url, { models: ["qwen"] }));
  const [failures] = summarize(result.models, result.durationMs).failures;
  assert.equal(failures?.cause, "503");
  assert.equal(failures?.count, 20);
  assert.match(failures?.sample ?? "", /The engine failed/);
});

test("an answer that breaks off is a failure, not a success", async (t) => {
  const server = await startSim(t, { faults: { dieAfterTokens: 3 } });
  const result = await run(plan(server.url, { numPrompts: 3 }));
  const summary = summarize(result.models, result.durationMs);
  assert.deepEqual([summary.completed, summary.failed], [0, 3]);
});

test("an answer that ends without its mark is a failure", async (t) => {
  const server = createServer((request, response) => {
    request.resume();
    response.end('data: {"choices":[{"text":"a"}]}\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const result = await run(plan(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { numPrompts: 1 }));
  assert.equal(summarize(result.models, result.durationMs).failures[0]?.cause, "stream cut");
});

test("an ended run records what was in flight as interrupted and frees the server", async (t) => {
  const server = await startSim(t);
  const abort = new AbortController();
  const long = { prefixLen: 0, inputLen: 10, outputLen: 5_000, rangeRatio: 0 };
  const running = run(plan(server.url, { dataset: long }), abort.signal);
  await until(() => server.stats().running === 5);
  abort.abort();
  const result = await running;
  const summary = summarize(result.models, result.durationMs);
  assert.deepEqual([summary.completed, summary.failed, summary.interrupted], [0, 0, 5]);
  await until(() => server.stats().running === 0);
});
