import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../src/sim/load/random.ts";
import { type Arm, arms, modelOf, thereAndBack } from "../../bench/picker/arm.ts";
import { pickerFiles } from "../../bench/picker/files.ts";
import { mergeBlocks, type Round, summarize } from "../../bench/picker/result.ts";
import { loadText } from "../../bench/picker/text.ts";
import { promptOf, sendTimesMs } from "../../bench/picker/workload.ts";

function makeRound(arm: Arm, change: Partial<Round> = {}): Round {
  const cpu = { ante: 0.01, picker: 0.005, envoy: 0.1, load: 0.1, servers: 0.1, others: 0 };
  return { arm, block: 0, requests: 100, failures: [], ttfbMs: [1, 2, 3], lateMs: [0], seconds: 1, cpu, ...change };
}

test("each arm stands once on either side of a block's middle", () => {
  assert.deepEqual(thereAndBack(arms), ["plain", "pool", "body", "body", "pool", "plain"]);
});

test("every arm has a rule of the one route, told by its model", () => {
  const text = pickerFiles(8080, [9000, 9001])["gateway.yaml"] ?? "";
  for (const arm of arms) assert.match(text, new RegExp(`value: ${modelOf(arm)}$`, "m"));
});

test("arrivals come at the rate asked for, in order, at random but the same for one seed", () => {
  const times = sendTimesMs(200, 10, seededRandom(1));
  assert.ok(Math.abs(times.length - 2_000) < 150, `${times.length} arrivals`);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
  assert.ok((times.at(-1) ?? 0) < 10_000);
  assert.deepEqual(times, sendTimesMs(200, 10, seededRandom(1)));
});

test("a prompt has the bytes asked for", () => {
  assert.equal(Buffer.byteLength(promptOf(800)), 800);
});

test("the rounds of an arm in a block count as one, those of other blocks do not", () => {
  const merged = mergeBlocks([
    makeRound("pool"),
    makeRound("plain"),
    makeRound("pool"),
    makeRound("pool", { block: 1 }),
  ]);
  assert.deepEqual(
    merged.map(({ arm, block, requests, ttfbMs }) => [arm, block, requests, ttfbMs.length]),
    [
      ["pool", 0, 200, 6],
      ["plain", 0, 100, 3],
      ["pool", 1, 100, 3],
    ],
  );
});

test("picking is what ante uses above what it uses without picking", () => {
  const cpu = { ante: 0.04, picker: 0.03, envoy: 0.15, load: 0.1, servers: 0.1, others: 0 };
  const pool = makeRound("pool", { seconds: 2, cpu, ttfbMs: [2, 3, 4] });
  const [comparison] = summarize("load", 100, [makeRound("plain"), pool]).comparisons;
  const near = (value: number | undefined, wanted: number): void =>
    assert.ok(Math.abs((value ?? Number.NaN) - wanted) < 1e-6, `${value} is not ${wanted}`);
  // 40 ms in 2 s, of which 20 ms would have been used anyway, for 100 requests.
  near(comparison?.pickingUs.median, 200);
  near(comparison?.envoyRatio.median, 1.5);
  near(comparison?.totalRatio.median, 1.7);
  near(comparison?.addedP50Ms.median, 1);
});

test("the text warns of a helper in the way and of a busy machine", () => {
  const quiet = loadText(summarize("load", 100, [makeRound("plain"), makeRound("pool")]));
  assert.doesNotMatch(quiet, /BEWARE/);
  const cpu = { ante: 0.01, picker: 0.005, envoy: 0.1, load: 0.6, servers: 0.1, others: 0.3 };
  const busy = loadText(summarize("load", 100, [makeRound("plain", { cpu }), makeRound("pool", { cpu })]));
  assert.match(busy, /BEWARE: the generator/);
  assert.match(busy, /BEWARE: the machine/);
  assert.doesNotMatch(busy, /BEWARE: the servers/);
});
