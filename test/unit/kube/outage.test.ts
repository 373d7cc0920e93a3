import assert from "node:assert/strict";
import { test } from "node:test";
import { Outage } from "../../../src/kube/outage.ts";
import type { Log } from "../../../src/observe/log.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

test("an outage is told once for all who notice it, and its end when the last of them is answered", () => {
  const lines: string[] = [];
  const write = (fields: { readonly ms?: unknown }, message: string) =>
    lines.push(`${message} ${fields.ms ?? ""}`.trim());
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
  const clock = new FakeClock();
  const outage = new Outage(clock, log);
  const [routes, pools] = [{}, {}];
  outage.answered(routes);
  outage.failed(routes, new Error("connect ECONNREFUSED"));
  outage.failed(pools, new Error("socket hang up"));
  outage.failed(routes, new Error("connect ECONNREFUSED"));
  clock.advance(3000);
  outage.answered(routes);
  assert.deepEqual(lines, ["The API server cannot be reached"]);
  outage.answered(pools);
  outage.answered(pools);
  assert.deepEqual(lines, ["The API server cannot be reached", "The API server answers again 3000"]);
  outage.failed(pools, new Error("socket hang up"));
  assert.equal(lines.length, 3);
});
