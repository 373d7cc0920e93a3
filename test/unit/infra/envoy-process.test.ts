import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { readActiveRequests, readPorts } from "../../../src/infra/process/envoy-admin.ts";
import { EnvoyProcess } from "../../../src/infra/process/envoy-process.ts";
import type { EnvoyChild, EnvoyEnd } from "../../../src/infra/process/spawn-envoy.ts";
import { silentLog } from "../../../src/observe/log.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

class FakeChild implements EnvoyChild {
  readonly pid: number;
  readonly ended: Promise<EnvoyEnd>;
  readonly signals: string[] = [];
  ignoresTerm = false;
  #end!: (end: EnvoyEnd) => void;

  constructor(pid: number) {
    this.pid = pid;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  signal(name: "SIGTERM" | "SIGKILL"): void {
    this.signals.push(name);
    if (name === "SIGKILL" || !this.ignoresTerm) this.end({ code: null, signal: name });
  }

  end(end: EnvoyEnd): void {
    this.#end(end);
  }
}

class FakeAdmin {
  live = true;
  ports: readonly number[] = [8081];
  active = 0;
  readonly calls: string[] = [];
  isLive = async (): Promise<boolean> => this.live;
  listeningPorts = async (): Promise<readonly number[]> => this.ports;
  activeRequests = async (): Promise<number> => this.active;
  failHealthChecks = async (): Promise<void> => void this.calls.push("fail");
  stopListening = async (): Promise<void> => void this.calls.push("stop listening");
  metrics = async (): Promise<string> => "";
  get = async (): Promise<{ status: number; body: string }> => ({ status: 200, body: "" });
}

let clock: FakeClock;
let admin: FakeAdmin;
let children: FakeChild[];
let envoy: EnvoyProcess;

beforeEach(() => {
  clock = new FakeClock();
  admin = new FakeAdmin();
  children = [];
  const spawn = (): FakeChild => {
    const child = new FakeChild(100 + children.length);
    children.push(child);
    return child;
  };
  envoy = new EnvoyProcess({
    ...{ clock, log: silentLog, admin, spawn, ports: [8081] },
    backOff: { firstMs: 100, maxMs: 400, stableMs: 10_000 },
  });
});

/** Lets promises settle and time pass, in steps small enough for the timers that they set. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left >= 0; left -= 25) {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    clock.advance(Math.min(25, left));
  }
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

const child = (index: number): FakeChild => children[index] as FakeChild;

describe("EnvoyProcess", () => {
  it("is ready once Envoy is live and listens on every port", async () => {
    admin.live = false;
    admin.ports = [];
    envoy.start();
    await pass(100);
    assert.deepEqual(envoy.state.get(), { phase: "starting", pid: 100, missingPorts: [8081] });
    admin.live = true;
    await pass(50);
    assert.equal(envoy.state.get().phase, "starting");
    admin.ports = [8081, 9000];
    await pass(50);
    assert.deepEqual(envoy.state.get(), { phase: "ready", pid: 100 });
  });

  it("asks nothing any more once it is ready", async () => {
    envoy.start();
    await pass(50);
    assert.equal(clock.pendingTimers, 0);
  });

  it("waits for a port that it is given later, and not for the same ones again", async () => {
    envoy.start();
    await pass(50);
    envoy.setPorts([8081]);
    assert.equal(envoy.state.get().phase, "ready");
    envoy.setPorts([8081, 8082]);
    await pass(50);
    assert.deepEqual(envoy.state.get(), { phase: "starting", pid: 100, missingPorts: [8082] });
    admin.ports = [8081, 8082];
    await pass(50);
    assert.equal(envoy.state.get().phase, "ready");
  });

  it("starts a crashed Envoy again, later each time, until one lives long enough", async () => {
    const delays: number[] = [];
    envoy.state.subscribe((state) => state.phase === "backing-off" && delays.push(state.delayMs));
    envoy.start();
    for (let crash = 0; crash < 4; crash += 1) {
      child(crash).end({ code: 1, signal: null, lastError: "bad config" });
      await pass(0);
      const state = envoy.state.get();
      assert.equal(state.phase === "backing-off" ? state.reason : "", "exit code 1: bad config");
      await pass(delays.at(-1) ?? 0);
    }
    assert.equal(envoy.restarts, 4);
    await pass(10_000);
    child(4).end({ code: null, signal: "SIGSEGV" });
    await pass(0);
    assert.deepEqual(delays, [100, 200, 400, 400, 100]);
  });

  it("drains before it ends Envoy: health first, then the sockets, then the last request", async () => {
    admin.active = 2;
    envoy.start();
    await pass(50);
    const stopped = envoy.stop(5000);
    await pass(1000);
    assert.deepEqual(admin.calls, ["fail", "stop listening"]);
    assert.deepEqual(envoy.state.get(), { phase: "draining", pid: 100, activeRequests: 2 });
    assert.deepEqual(child(0).signals, []);
    admin.active = 0;
    await pass(100);
    await stopped;
    assert.deepEqual(child(0).signals, ["SIGTERM"]);
    assert.deepEqual(envoy.state.get(), { phase: "stopped" });
    assert.equal(clock.pendingTimers, 0);
  });

  it("waits for requests no longer than the limit", async () => {
    admin.active = 1;
    envoy.start();
    const stopped = envoy.stop(300);
    await pass(290);
    assert.deepEqual(child(0).signals, []);
    await pass(100);
    await stopped;
    assert.deepEqual(child(0).signals, ["SIGTERM"]);
  });

  it("ends at once when it is killed in the middle of a drain", async () => {
    admin.active = 1;
    envoy.start();
    const stopped = envoy.stop(60_000);
    await pass(100);
    await envoy.kill();
    await stopped;
    assert.equal(child(0).signals[0], "SIGKILL");
  });

  it("kills an Envoy that does not end when it is told to", async () => {
    envoy.start();
    child(0).ignoresTerm = true;
    const stopped = envoy.stop(0);
    await pass(2100);
    await stopped;
    assert.deepEqual(child(0).signals, ["SIGTERM", "SIGKILL"]);
  });

  it("does not start again what it was told to stop", async () => {
    envoy.start();
    child(0).end({ code: 1, signal: null });
    await pass(0);
    await envoy.stop(1000);
    await pass(1000);
    assert.equal(children.length, 1);
    assert.equal(envoy.state.get().phase, "stopped");
  });
});

describe("Envoy's admin interface", () => {
  it("tells the ports of listeners", () => {
    const body = {
      listener_statuses: [
        { name: "a", local_address: { socket_address: { address: "127.0.0.1", port_value: 8081 } } },
        { name: "b", local_address: { pipe: { path: "/x" } } },
      ],
    };
    assert.deepEqual(readPorts(JSON.stringify(body)), [8081]);
    assert.deepEqual(readPorts("{}"), []);
  });

  it("does not count its own requests as active", () => {
    const stats = [
      { name: "http.admin.downstream_rq_active", value: 1 },
      { name: "http.8081.downstream_rq_active", value: 3 },
      { name: "http.8082.downstream_rq_active", value: 2 },
    ];
    assert.equal(readActiveRequests(JSON.stringify({ stats })), 5);
    assert.equal(readActiveRequests("{}"), 0);
  });
});
