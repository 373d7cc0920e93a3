import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { type WorkerState, WorkerSupervisor } from "../../../src/infra/process/worker-supervisor.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { silentLog } from "../../../src/observe/log.ts";
import type { Order, Reply } from "../../helpers/tiny-worker.ts";

let supervisor: WorkerSupervisor<Order, Reply>;
let starts = 0;
const replies: Reply[] = [];
const waiting = new Set<() => void>();

afterEach(() => supervisor.stop(100));

function start(): void {
  starts = 0;
  replies.length = 0;
  const wake = (): void => {
    for (const check of waiting) check();
  };
  supervisor = new WorkerSupervisor<Order, Reply>({
    name: "tiny",
    entry: new URL("../../helpers/tiny-worker.ts", import.meta.url),
    clock: systemClock,
    log: silentLog,
    workerData: () => ++starts,
    onMessage(reply) {
      replies.push(reply);
      wake();
    },
    onRunning: () => supervisor.post("echo"),
    missedBeats: 2,
    backOff: { firstMs: 10, maxMs: 50, stableMs: 60_000 },
  });
  supervisor.state.subscribe(wake);
  supervisor.start();
}

function until(done: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (!done()) return;
      waiting.delete(check);
      resolve();
    };
    waiting.add(check);
    check();
  });
}

/** The nth thread runs and has answered with its data. */
const answered = (thread: number): Promise<void> =>
  until(() => replies.some((reply) => "echo" in reply && reply.echo === thread));

async function reasonAfter(order: Order): Promise<string> {
  start();
  await answered(1);
  let ended: WorkerState | undefined;
  supervisor.state.subscribe((state) => {
    if (state.phase === "backing-off") ended = state;
  });
  supervisor.post(order);
  await answered(2);
  assert.equal(supervisor.restarts, 1);
  return ended?.phase === "backing-off" ? ended.reason : "";
}

describe("WorkerSupervisor", () => {
  it("starts a worker again that throws, and says what it threw", async () => {
    assert.match(await reasonAfter("throw"), /^Error: as told/);
  });

  it("starts a worker again that exits", async () => {
    assert.equal(await reasonAfter("exit"), "exit code 3");
  });

  it("notices a blocked event loop and replaces the thread", { timeout: 30_000 }, async () => {
    assert.equal(await reasonAfter("block"), "no heartbeat for 3 s");
  });

  it("lets the worker end in its own time", async () => {
    start();
    await answered(1);
    await supervisor.stop(10_000);
    assert.ok(replies.some((reply) => "stopped" in reply));
    assert.deepEqual(supervisor.state.get(), { phase: "stopped" });
    assert.equal(supervisor.restarts, 0);
  });

  it("ends a worker that does not", async () => {
    start();
    await answered(1);
    supervisor.post("hang-on-stop");
    await supervisor.stop(100);
    assert.deepEqual(supervisor.state.get(), { phase: "stopped" });
  });
});
