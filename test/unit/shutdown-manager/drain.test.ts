import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Drained, type DrainTimes, drain } from "../../../src/infra/shutdown-manager/drain.ts";
import { EnvoyGone, readActiveRequests } from "../../../src/infra/shutdown-manager/envoy-admin.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

const times: DrainTimes = { failureDelayMs: 0, drainMs: 60_000, minDrainMs: 10_000 };

class Rig {
  readonly clock = new FakeClock();
  readonly calls: string[] = [];
  readonly troubles: string[] = [];
  active = 0;
  trouble: Error | undefined;
  outcome: { readonly drained: Drained; readonly atMs: number } | undefined;

  start(change: Partial<DrainTimes> = {}): this {
    const call = (name: string): Promise<void> => {
      if (this.trouble !== undefined) return Promise.reject(this.trouble);
      this.calls.push(`${name} at ${this.clock.monotonicMs() / 1000}`);
      return Promise.resolve();
    };
    void drain({
      envoy: {
        failHealthChecks: () => call("fail"),
        drainListeners: () => call("drain"),
        activeRequests: () =>
          this.trouble === undefined ? Promise.resolve(this.active) : Promise.reject(this.trouble),
      },
      clock: this.clock,
      times: { ...times, ...change },
      onActive: () => {},
      onTrouble: (problem) => this.troubles.push(problem),
    }).then((drained) => {
      this.outcome = { drained, atMs: this.clock.monotonicMs() };
    });
    return this;
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await new Promise((done) => setImmediate(done));
      this.clock.advance(1_000);
    }
    await new Promise((done) => setImmediate(done));
  }
}

describe("a drain", () => {
  it("fails the health checks at once, and lasts as long as new requests may come", async () => {
    const rig = new Rig().start();
    await rig.pass(9);
    assert.deepEqual(rig.calls, ["fail at 0"]);
    assert.equal(rig.outcome, undefined);
    await rig.pass(1);
    assert.deepEqual(rig.outcome, { drained: "drained", atMs: 10_000 });
  });

  it("waits for the last request", async () => {
    const rig = new Rig().start();
    rig.active = 1;
    await rig.pass(42);
    rig.active = 0;
    await rig.pass(1);
    assert.deepEqual(rig.outcome, { drained: "drained", atMs: 43_000 });
  });

  it("ends at its limit, whatever runs", async () => {
    const rig = new Rig().start({ drainMs: 20_000 });
    rig.active = 3;
    await rig.pass(25);
    assert.deepEqual(rig.outcome, { drained: "limit", atMs: 20_000 });
  });

  it("drains listeners before the health checks fail, where a delay is asked for", async () => {
    const rig = new Rig().start({ failureDelayMs: 15_000, minDrainMs: 0 });
    await rig.pass(14);
    assert.deepEqual(rig.calls, ["drain at 0"]);
    assert.equal(rig.outcome, undefined);
    await rig.pass(1);
    assert.deepEqual(rig.calls, ["drain at 0", "fail at 15"]);
    assert.deepEqual(rig.outcome, { drained: "drained", atMs: 15_000 });
  });

  it("asks again where Envoy does not answer, and is over where there is none", async () => {
    const rig = new Rig();
    rig.trouble = new Error("slow");
    rig.start();
    await rig.pass(3);
    assert.equal(rig.outcome, undefined);
    assert.equal(rig.troubles[0], "slow");
    rig.trouble = undefined;
    await rig.pass(1);
    assert.deepEqual(rig.calls, ["fail at 4"]);
    rig.trouble = new EnvoyGone("refused");
    await rig.pass(1);
    assert.deepEqual(rig.outcome, { drained: "envoy-gone", atMs: 5_000 });
  });
});

describe("requests in progress", () => {
  it("are those of users", () => {
    const stats = [
      { name: "http.http-10080.downstream_rq_active", value: 2 },
      { name: "http.https-10443.downstream_rq_active", value: 1 },
      { name: "http.admin.downstream_rq_active", value: 1 },
      { name: "http.eg-stats-http.downstream_rq_active", value: 1 },
      { name: "http.eg-ready-http.downstream_rq_active", value: 1 },
    ];
    assert.equal(readActiveRequests(JSON.stringify({ stats })), 3);
    assert.equal(readActiveRequests("{}"), 0);
  });
});
