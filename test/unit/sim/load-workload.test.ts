import assert from "node:assert/strict";
import { test } from "node:test";
import { gammaOfMeanOne, randomOf, seededRandom } from "../../../src/sim/load/random.ts";
import { requestBody } from "../../../src/sim/load/target.ts";
import { type RandomDataset, sampleAt } from "../../../src/sim/load/workload.ts";

const dataset: RandomDataset = { prefixLen: 100, inputLen: 300, outputLen: 300, rangeRatio: 0.2 };
const samples = Array.from({ length: 500 }, (_, index) => sampleAt(dataset, { seed: 7, model: 0, index }));

test("prompts have four bytes for each token", () => {
  for (const { prompt, promptTokens } of samples) assert.equal(Buffer.byteLength(prompt), 4 * promptTokens);
});

test("prompts share the prefix and nothing after it", () => {
  assert.equal(new Set(samples.map(({ prompt }) => prompt.slice(0, 400))).size, 1);
  assert.equal(new Set(samples.map(({ prompt }) => prompt.slice(400, 440))).size, samples.length);
});

test("lengths spread over the range, evenly around the mean", () => {
  const outputs = samples.map(({ outputTokens }) => outputTokens);
  const inputs = samples.map(({ promptTokens }) => promptTokens - 100);
  for (const lengths of [inputs, outputs]) {
    assert.ok(Math.min(...lengths) >= 240 && Math.min(...lengths) <= 243);
    assert.ok(Math.max(...lengths) <= 360 && Math.max(...lengths) >= 357);
    assert.ok(Math.abs(lengths.reduce((a, b) => a + b, 0) / lengths.length - 300) < 5);
  }
});

test("the same place gives the same sample; another seed, model or index another one", () => {
  const place = { seed: 7, model: 0, index: 3 };
  const again = sampleAt(dataset, place);
  assert.deepEqual(again, samples[3]);
  for (const other of [{ seed: 8 }, { model: 1 }, { index: 4 }]) {
    assert.notEqual(sampleAt(dataset, { ...place, ...other }).prompt.slice(400), again.prompt.slice(400));
  }
});

test("the body names the model and asks for a stream with usage", () => {
  const target = {
    baseUrl: new URL("http://127.0.0.1:1"),
    endpoint: "/v1/completions",
    headers: {},
    ignoreEos: true,
  };
  const sample = { prompt: "abc ", promptTokens: 1, outputTokens: 9 };
  assert.deepEqual(JSON.parse(requestBody(target, "qwen", sample)), {
    model: "qwen",
    prompt: "abc ",
    max_tokens: 9,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
    ignore_eos: true,
  });
  const chat = JSON.parse(requestBody({ ...target, endpoint: "/v1/chat/completions" }, "qwen", sample));
  assert.deepEqual(chat.messages, [{ role: "user", content: "abc " }]);
});

test("gaps between arrivals have mean 1 and the spread of their shape", () => {
  for (const shape of [0.5, 1, 4]) {
    const random = seededRandom(1);
    const gaps = Array.from({ length: 20_000 }, () => gammaOfMeanOne(random, shape));
    const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    assert.ok(Math.abs(mean - 1) < 0.05, `shape ${shape}: mean ${mean}`);
    assert.ok(Math.abs(variance * shape - 1) < 0.1, `shape ${shape}: variance ${variance}`);
  }
});

test("generators of different places are independent", () => {
  const firsts = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    for (let index = 0; index < 300; index++) firsts.add(randomOf(seed, 0, index)());
  }
  assert.equal(firsts.size, 6_000);
});
