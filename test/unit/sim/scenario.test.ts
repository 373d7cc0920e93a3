import assert from "node:assert/strict";
import { test } from "node:test";
import { runVirtually } from "./virtual-scenario.ts";

const seeds = [1, 2, 3];

test("one client alone has the waits that were derived from the published figures", () => {
  const runs = seeds.map((seed) => runVirtually(1, seed, 1));
  within15Percent(median(runs.map((run) => mean(run.ttft[0]))), 2.9);
  within15Percent(median(runs.map((run) => quantile(run.ttft[0], 0.5))), 1.6);
  within15Percent(median(runs.map((run) => quantile(run.ttft[0], 0.99))), 15);
  assert.deepEqual(
    runs.map((run) => run.preemptions),
    [0, 0, 0],
  );
});

test("two clients by least request have the waits, the preemptions and the throughput of an overload", () => {
  const runs = seeds.map((seed) => runVirtually(2, seed, 1));
  within15Percent(median(runs.map((run) => mean(run.ttft[0]))), 56);
  within15Percent(median(runs.map((run) => quantile(run.ttft[0], 0.5))), 43);
  within15Percent(median(runs.map((run) => mean(run.ttft[1]))), 60);
  within15Percent(median(runs.map((run) => run.tokensPerSecond)), 1_304);
  within15Percent(median(runs.map((run) => run.preemptions)), 293);
});

test("the scaled form has a tenth of the waits at the same speed", () => {
  const alone = seeds.map((seed) => runVirtually(1, seed, 10));
  within15Percent(median(alone.map((run) => quantile(run.ttft[0], 0.5))), 0.17);
  const both = seeds.map((seed) => runVirtually(2, seed, 10));
  within15Percent(median(both.map((run) => mean(run.ttft[0]))), 5.6);
  within15Percent(median(both.map((run) => run.tokensPerSecond)), 1_304);
  within15Percent(median(both.map((run) => run.preemptions)), 293);
});

function within15Percent(actual: number, expected: number): void {
  assert.ok(Math.abs(actual / expected - 1) <= 0.15, `${actual} is more than 15 % from ${expected}`);
}

function mean(values: readonly number[] = []): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(values: readonly number[] = [], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
