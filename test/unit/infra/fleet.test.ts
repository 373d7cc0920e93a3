import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { EnvoyState } from "../../../src/infra/process/envoy-process.ts";
import { Fleet, type FleetProcess, type ProxySpec } from "../../../src/infra/process/fleet.ts";
import type { PortProbe } from "../../../src/infra/process/ports.ts";
import { WatchableValue } from "../../../src/lib/watchable.ts";
import { silentLog } from "../../../src/observe/log.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

class FakeProcess implements FleetProcess {
  readonly state = new WatchableValue<EnvoyState>({ phase: "stopped" });
  readonly restarts = 0;
  readonly calls: string[] = [];
  ports: readonly number[];

  constructor(ports: readonly number[]) {
    this.ports = ports;
  }

  start(): void {
    this.calls.push("start");
    this.state.set({ phase: "ready", pid: 1 });
  }

  setPorts(ports: readonly number[]): void {
    this.ports = ports;
  }

  async stop(drainLimitMs: number): Promise<void> {
    this.calls.push(`stop ${drainLimitMs}`);
    this.state.set({ phase: "stopped" });
  }

  async kill(): Promise<void> {
    this.calls.push("kill");
  }
}

let clock: FakeClock;
let fleet: Fleet;
let made: Map<string, FakeProcess>;
let taken: Set<number>;
let probed: number[];
let logged: string[];

beforeEach(() => {
  clock = new FakeClock();
  made = new Map();
  taken = new Set();
  probed = [];
  logged = [];
  fleet = new Fleet({
    clock,
    log: { ...silentLog, error: ({ problem }) => void logged.push(String(problem)) },
    bind: "127.0.0.1",
    probe: async (_bind, port): Promise<PortProbe> => {
      probed.push(port);
      return taken.has(port) ? { free: false, why: "in-use", owner: { pid: 7, name: "nginx" } } : { free: true };
    },
    adminSocket: (nodeId) => `/run/${nodeId}.sock`,
    createProcess: ({ gateway }, ports) => {
      const process = new FakeProcess(ports);
      made.set(gateway, process);
      return process;
    },
    drainLimitMs: 500,
  });
});

const spec = (gateway: string, ...ports: readonly number[]): ProxySpec => ({
  gateway,
  ports: ports.map((port) => ({ port, listeners: [`l${port}`] })),
});

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe("Fleet", () => {
  it("runs one Envoy for each Gateway that has listeners", async () => {
    await fleet.apply([spec("default/a", 8081), spec("default/b", 8082), spec("default/c")]);
    const summary = fleet.state.get().map(({ nodeId, adminSocket, envoy }) => [nodeId, adminSocket, envoy.phase]);
    assert.deepEqual(summary, [
      ["default.a-0", "/run/default.a-0.sock", "ready"],
      ["default.b-0", "/run/default.b-0.sock", "ready"],
    ]);
  });

  it("drains and stops the Envoy of a Gateway that is gone", async () => {
    await fleet.apply([spec("default/a", 8081)]);
    await fleet.apply([]);
    assert.deepEqual(made.get("default/a")?.calls, ["start", "stop 500"]);
    assert.deepEqual(fleet.state.get(), []);
  });

  it("probes only ports that are new to a Gateway", async () => {
    await fleet.apply([spec("default/a", 8081)]);
    await fleet.apply([spec("default/a", 8081, 8082)]);
    assert.deepEqual(probed, [8081, 8082]);
    assert.deepEqual(made.get("default/a")?.ports, [8081, 8082]);
  });

  it("starts without a port that is taken, says so once, and takes it when it is free", async () => {
    taken.add(8081);
    await fleet.apply([spec("default/a", 8081, 8082)]);
    clock.advance(1000);
    await settle();
    assert.equal(logged.length, 1);
    assert.match(logged[0] ?? "", /port 8081 is in use by pid 7 \(nginx\)/);
    assert.deepEqual(made.get("default/a")?.ports, [8082]);
    assert.deepEqual(
      fleet.state.get()[0]?.portProblems.map(({ port }) => port),
      [8081],
    );

    taken.clear();
    clock.advance(1000);
    await settle();
    assert.deepEqual(made.get("default/a")?.ports, [8081, 8082]);
    assert.deepEqual(fleet.state.get()[0]?.portProblems, []);
    assert.equal(clock.pendingTimers, 0);
  });

  it("starts no Envoy for a Gateway without any usable port, and shows why", async () => {
    taken.add(8081);
    await fleet.apply([spec("default/a", 8081)]);
    assert.equal(made.size, 0);
    const [state] = fleet.state.get();
    assert.equal(state?.envoy.phase, "stopped");
    assert.match(state?.portProblems[0]?.problem ?? "", /in use by pid 7/);
  });

  it("gives one port to one Gateway only, the one that had it", async () => {
    await fleet.apply([spec("default/b", 8081)]);
    await fleet.apply([spec("default/a", 8081), spec("default/b", 8081)]);
    assert.deepEqual([...made.keys()], ["default/b"]);
    assert.match(logged[0] ?? "", /for Gateway default\/a .*: Gateway default\/b .* has it/);
  });

  it("stops all, and kills all at once when asked to", async () => {
    await fleet.apply([spec("default/a", 8081)]);
    await fleet.stop(3000);
    await fleet.kill();
    assert.deepEqual(made.get("default/a")?.calls, ["start", "stop 3000", "kill"]);
    await fleet.apply([spec("default/z", 9999)]);
    assert.equal(made.has("default/z"), false);
  });
});
