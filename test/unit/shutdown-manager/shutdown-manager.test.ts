import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DrainedEnvoy } from "../../../src/infra/shutdown-manager/envoy-admin.ts";
import { startShutdownManager } from "../../../src/infra/shutdown-manager/shutdown-manager.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

class Rig {
  readonly clock = new FakeClock();
  active = 1;
  failed = 0;
  readonly envoy: DrainedEnvoy = {
    failHealthChecks: async () => void this.failed++,
    drainListeners: async () => {},
    activeRequests: async () => this.active,
  };
  readonly said: string[] = [];

  start() {
    return startShutdownManager({
      envoy: this.envoy,
      clock: this.clock,
      times: { failureDelayMs: 0, drainMs: 60_000, minDrainMs: 2_000 },
      readyMs: 70_000,
      port: 0,
      host: "127.0.0.1",
      say: (fields, message) => this.said.push(`${message} ${JSON.stringify(fields)}`),
    });
  }
}

/** Lets the manager see what was sent, then moves the clock, until the promise is kept. */
async function passing<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let isOver = false;
  const watched = promise.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    clock.advance(1_000);
    await new Promise((done) => setImmediate(done));
  }
  return watched;
}

function url(manager: { readonly port: number }, path: string): string {
  return `http://127.0.0.1:${manager.port}${path}`;
}

describe("the shutdown manager", () => {
  it("is healthy, and knows no other path", async () => {
    const manager = await new Rig().start();
    assert.equal((await fetch(url(manager, "/healthz"))).status, 200);
    assert.equal((await fetch(url(manager, "/quitquitquit"))).status, 404);
    await manager.close();
  });

  it("does not drain because somebody asks whether the drain is over", async () => {
    const rig = new Rig();
    const manager = await rig.start();
    const answer = await passing(rig.clock, fetch(url(manager, "/shutdown/ready")));
    assert.equal(answer.status, 500);
    assert.equal(rig.failed, 0);
    await manager.close();
  });

  it("answers who waits once the last request has ended, and ends", async () => {
    const rig = new Rig();
    const manager = await rig.start();
    const waiting = fetch(url(manager, "/shutdown/ready"));
    // It has arrived once a later one on the same server is answered.
    await fetch(url(manager, "/healthz"));
    const over = manager.shutDown();
    assert.equal(manager.shutDown(), over);
    await new Promise((done) => setImmediate(done));
    assert.equal(rig.failed, 1);
    rig.active = 0;
    assert.equal((await passing(rig.clock, waiting)).status, 200);
    await over;
    await assert.rejects(fetch(url(manager, "/healthz")));
    assert.match(rig.said.at(-1) ?? "", /drained/);
  });

  it("answers who comes a moment after the end", async () => {
    const rig = new Rig();
    rig.active = 0;
    const manager = await rig.start();
    const over = manager.shutDown();
    while (!rig.said.some((line) => line.startsWith("drain ends"))) {
      rig.clock.advance(500);
      await new Promise((done) => setImmediate(done));
    }
    assert.equal((await fetch(url(manager, "/shutdown/ready"))).status, 200);
    await passing(rig.clock, over);
  });
});
