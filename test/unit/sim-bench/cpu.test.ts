import assert from "node:assert/strict";
import { test } from "node:test";
import { commandName, processTree, readCpu } from "../../bench/process/cpu.ts";

const linux = process.platform === "linux";

test("processor time of this process grows with its work", { skip: !linux }, () => {
  const before = readCpu([process.pid]).seconds.get(process.pid) ?? Number.NaN;
  const untilMs = performance.now() + 60;
  while (performance.now() < untilMs);
  const after = readCpu([process.pid]).seconds.get(process.pid) ?? Number.NaN;
  assert.ok(after > before, `${before} to ${after}`);
});

test("a process's tree begins with itself; a process that is not has no time", { skip: !linux }, () => {
  assert.equal(processTree(process.pid)[0], process.pid);
  assert.ok(processTree(process.ppid).includes(process.pid));
  assert.equal(readCpu([-1]).seconds.size, 0);
  assert.equal(commandName(-1), "process");
});
