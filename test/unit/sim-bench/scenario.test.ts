import assert from "node:assert/strict";
import { test } from "node:test";
import { type ArmName, arms, type ModelName } from "../../bench/scenario/arm.ts";
import { armFiles } from "../../bench/scenario/files.ts";
import { goals, median, scenarioResult } from "../../bench/scenario/goals.ts";
import { interleave } from "../../bench/scenario/main.ts";
import { ttftPicture } from "../../bench/scenario/picture.ts";
import type { ModelResult, RunResult } from "../../bench/scenario/result.ts";
import { doubts, goalsText, mediansText } from "../../bench/scenario/text.ts";

interface Figures {
  readonly median?: number;
  readonly mean?: number;
  readonly max?: number;
  readonly tokens?: number;
  readonly preemptions?: number;
  readonly lost?: number;
}

function run(arm: ArmName, seed: number, figures: Figures = {}): RunResult {
  const { median: ttftMedian = 1, mean: ttftMean = 1, max: ttftMax = 1, lost = 0 } = figures;
  const model = (name: ModelName): ModelResult => ({
    model: name,
    requests: 300,
    succeeded: 300 - lost,
    ttftMean,
    ttftMedian,
    ttftP99: 1,
    ttftMax,
    tpotMean: 0.05,
    failures: [],
    points: [
      [1, 0.5],
      [70, 12],
    ],
  });
  const { tokens: tokensPerS = 1_000, preemptions = 0 } = figures;
  const models = arm === "alone" ? [model("qwen")] : [model("qwen"), model("travel-helper")];
  return { arm, seed, durationS: 100, tokensPerS, preemptions, models, cpu: [] };
}

function seed(number: number, queueing: Figures): readonly RunResult[] {
  return [
    run("alone", number, { median: 2 }),
    run("queueing", number, queueing),
    run("queueing-off", number),
    run("least-request", number, { mean: 40, tokens: 1_000, preemptions: 200 }),
  ];
}

test("comparisons are made seed by seed; lost requests and the longest wait are those of the worst seed", () => {
  const result = scenarioResult([
    ...seed(1, { median: 2, mean: 10, tokens: 950, preemptions: 20, max: 90 }),
    ...seed(2, { median: 3, mean: 8, tokens: 900, preemptions: 0, max: 140, lost: 1 }),
    ...seed(3, { median: 2.2, mean: 12, tokens: 990, preemptions: 10, max: 80 }),
  ]);
  assert.deepEqual(result, {
    criticalMedianTtftVsAlone: 1.1,
    criticalMeanTtftVsNoQueue: 0.25,
    succeeded: 598,
    requests: 600,
    tokensVsNoQueue: 0.95,
    preemptionsVsNoQueue: 0.05,
    standardLongestWaitS: 140,
  });
});

test("without all four runs of a seed there is no verdict", () => {
  assert.equal(scenarioResult(seed(1, {}).slice(1)), undefined);
  assert.equal(scenarioResult([]), undefined);
});

test("each goal is reached at its limit and missed beyond it", () => {
  const limit = {
    criticalMedianTtftVsAlone: 1.2,
    criticalMeanTtftVsNoQueue: 0.25,
    succeeded: 600,
    requests: 600,
    tokensVsNoQueue: 0.93,
    preemptionsVsNoQueue: 0.1,
    standardLongestWaitS: 12,
  };
  const reached = (result: typeof limit) => goals(result).map((goal) => goal.reached);
  assert.deepEqual(reached(limit), [true, true, true, true, true, undefined]);
  const beyond = {
    criticalMedianTtftVsAlone: 1.21,
    criticalMeanTtftVsNoQueue: 0.26,
    succeeded: 599,
    requests: 600,
    tokensVsNoQueue: 0.92,
    preemptionsVsNoQueue: 0.11,
    standardLongestWaitS: 12,
  };
  assert.deepEqual(reached(beyond), [false, false, false, false, false, undefined]);
  assert.match(goalsText(goals(beyond)), /requests that succeed +600 of 600 +599 of 600 +NOT REACHED/);
});

test("preemptions against none are a difference, none against none is not", () => {
  const none = (preemptions: number) =>
    scenarioResult([
      run("alone", 1),
      run("queueing", 1, { preemptions }),
      run("queueing-off", 1),
      run("least-request", 1),
    ])?.preemptionsVsNoQueue;
  assert.equal(none(0), 0);
  assert.equal(none(1), Number.POSITIVE_INFINITY);
});

test("the median of an even number lies between the middle two", () => {
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([5, 1, 2]), 2);
});

test("every seed has every run, each time from another one on", () => {
  const steps = interleave(arms, 3).map(({ arm, seed }) => `${seed} ${arm.name}`);
  assert.equal(new Set(steps).size, 12);
  assert.deepEqual([steps[0], steps[4], steps[8]], ["1 alone", "2 queueing", "3 queueing-off"]);
});

test("a busy client or server is told, a busy gateway is not", () => {
  const cpu = (name: string, mean: number) => ({ name, mean, peak: mean });
  const busy = { ...run("queueing", 1), cpu: [cpu("load", 0.6), cpu("servers", 0.4), cpu("envoy", 0.9)] };
  assert.equal(doubts(busy).length, 1);
  assert.match(doubts(busy)[0] ?? "", /load took 60 %/);
});

test("the table has a row for each run and model", () => {
  const lines = mediansText(seed(1, { median: 2.5 })).split("\n");
  assert.equal(lines.length, 1 + 7);
  assert.match(lines[2] ?? "", /both, with queueing +qwen +300 +1\.00 s +2\.50 s/);
});

const ports = { gatewayPort: 4_711, serverPorts: [5_001, 5_002], annotations: {} };

test("the arms differ in nothing but what they are about", () => {
  const queueing = armFiles({ ...ports, arm: "queueing" });
  assert.deepEqual(armFiles({ ...ports, arm: "alone" }), queueing);
  const off = armFiles({ ...ports, arm: "queueing-off" });
  assert.deepEqual(
    Object.keys(queueing).filter((name) => off[name] !== queueing[name]),
    ["inference-pool.yaml"],
  );
  assert.match(off["inference-pool.yaml"] ?? "", /experimental-use-queueing: "false"/);
});

test("without a picker there is a Service and the same time-out, and no pool", () => {
  const files = armFiles({ ...ports, arm: "least-request" });
  const text = Object.values(files).join("\n---\n");
  assert.match(text, /kind: EndpointSlice/);
  assert.match(text, /requestTimeout: 24h/);
  assert.match(text, /port: 4711/);
  assert.doesNotMatch(text, /InferencePool|InferenceModel|X-Gateway-Model-Name/);
});

test("the picture has a panel for each run and a dot for each request, within its bounds", () => {
  const picture = ttftPicture(seed(1, {}), "a < b");
  assert.equal(picture.match(/<g /g)?.length, 4);
  assert.equal(picture.match(/r="2\.2"/g)?.length, 7 * 2);
  assert.match(picture, /a &lt; b/);
  for (const [, x, y] of picture.matchAll(/cx="([\d.-]+)" cy="([\d.-]+)" r="2\.2"/g)) {
    assert.ok(Number(x) >= 62 && Number(x) <= 504, `x ${x}`);
    assert.ok(Number(y) >= 40 && Number(y) <= 258, `y ${y}`);
  }
});
