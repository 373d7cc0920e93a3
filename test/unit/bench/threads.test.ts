import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuSeconds, readMemory, readThreads, waitedSeconds } from "../../bench/process/threads.ts";

const linux = process.platform === "linux";

test("the work of this thread is seen, and found by the thread's name", { skip: !linux }, () => {
  const before = readThreads([process.pid]);
  const untilMs = performance.now() + 30;
  while (performance.now() < untilMs);
  const after = readThreads([process.pid]);
  const name = after.get(`${process.pid}/${process.pid}`)?.name ?? "";
  assert.ok(cpuSeconds(before, after, name) > 0);
  assert.ok(cpuSeconds(before, after) >= cpuSeconds(before, after, name));
  assert.equal(cpuSeconds(before, after, "no thread has this name"), 0);
});

test("a thread that was not there before counts whole", () => {
  const after = new Map([["1/2", { name: "picker", seconds: 3, waitedSeconds: 1 }]]);
  assert.equal(cpuSeconds(new Map(), after), 3);
});

test("what threads of a name waited for a processor is what was added since", () => {
  const thread = (name: string, waited: number) => ({ name, seconds: 0, waitedSeconds: waited });
  const before = new Map([["1/2", thread("control", 2)]]);
  const after = new Map([
    ["1/2", thread("control", 5)],
    ["1/3", thread("control", 1)],
    ["1/4", thread("picker", 7)],
  ]);
  assert.equal(waitedSeconds(before, after, "control"), 4);
});

test("a process's memory is in bytes; of one that is not there it is not known", { skip: !linux }, () => {
  const { now, peak } = readMemory(process.pid);
  assert.ok(now > 2 ** 20 && peak >= now);
  assert.ok(Number.isNaN(readMemory(-1).now));
});
