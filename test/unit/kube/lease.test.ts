import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { readLease, startLease } from "../../../src/kube/lease.ts";
import { leases, readRecord } from "../../../src/kube/lease-record.ts";
import type { Clock } from "../../../src/lib/clock.ts";
import { silentLog } from "../../../src/observe/log.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { type FakeCall, FakeKube } from "../../helpers/fake-kube.ts";

const where = { namespace: "system", name: "owner" };

/** Several replicas that share an API server, each with a network of its own. */
function rig(t: TestContext) {
  const kube = new FakeKube();
  const clock = new FakeClock();
  const cut = new Set<string>();
  const told: string[] = [];
  const pass = async () => {
    for (let count = 0; count < 20; count++) await turn();
  };
  return {
    kube,
    clock,
    /** Replicas that cannot reach the API server. */
    cut,
    told: () => told.splice(0),
    holder: () => readRecord(kube.read(leases, where)).holder,
    async join(identity: string, skewMs = 0) {
      const reach =
        <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
        (...args: A): Promise<R> =>
          cut.has(identity) ? Promise.reject(new Error("ECONNREFUSED")) : call(...args);
      const own: Clock = {
        monotonicMs: () => clock.monotonicMs(),
        wallMs: () => clock.wallMs() + skewMs,
        after: (ms, run) => clock.after(ms, run),
      };
      const lease = startLease({
        api: {
          get: reach(kube.get.bind(kube)),
          create: reach(kube.create.bind(kube)),
          replace: reach(kube.replace.bind(kube)),
        },
        clock: own,
        log: silentLog,
        ...where,
        identity,
        onOwner: (isOwner, holder) => told.push(`${identity} ${isOwner ? "owns" : `sees ${holder}`}`),
      });
      t.after(() => lease.stop());
      await pass();
      return lease;
    },
    async seconds(count: number) {
      for (let second = 0; second < count; second++) {
        clock.advance(1000);
        await pass();
      }
    },
    pass,
  };
}

describe("startLease()", () => {
  test("the first replica owns, and the second sees who does", async (t) => {
    const { join, told, seconds, kube } = rig(t);
    await join("a");
    await join("b");
    assert.deepEqual(told(), ["a owns", "b sees a"]);
    await seconds(30);
    assert.deepEqual(told(), []);
    const { spec } = kube.read(leases, where);
    assert.deepEqual(spec, {
      holderIdentity: "a",
      leaseDurationSeconds: 6,
      acquireTime: "2023-11-14T22:13:20.000000Z",
      renewTime: "2023-11-14T22:13:50.000000Z",
      leaseTransitions: 1,
    });
  });

  test("of two that come together one owns", async (t) => {
    const { join, told, seconds } = rig(t);
    await Promise.all([join("a"), join("b"), join("c")]);
    await seconds(3);
    const lines = told();
    assert.equal(lines.filter((line) => line.endsWith("owns")).length, 1, lines.join(", "));
  });

  test("an owner that releases stays owner until another holds the Lease, which takes a look each", async (t) => {
    const { join, told, seconds, holder } = rig(t);
    const a = await join("a");
    await join("b");
    told();
    await a.release();
    assert.equal(holder(), "");
    assert.deepEqual(told(), []);
    await seconds(2);
    assert.deepEqual(told(), ["b owns", "a sees b"]);
    await seconds(20);
    assert.equal(holder(), "b");
  });

  test("an owner that crashes is followed after the duration, not before", async (t) => {
    const { join, told, seconds, cut } = rig(t);
    await join("a");
    await join("b");
    await seconds(2);
    told();
    cut.add("a");
    await seconds(5);
    assert.deepEqual(told(), []);
    await seconds(2);
    assert.deepEqual(told(), ["b owns"]);
    cut.delete("a");
    await seconds(1);
    assert.deepEqual(told(), ["a sees b"]);
  });

  test("while the API server is away for all the owner owns, and also after it", async (t) => {
    const { join, told, seconds, cut } = rig(t);
    await join("a");
    await join("b");
    told();
    cut.add("a");
    cut.add("b");
    await seconds(60);
    cut.delete("b");
    await seconds(2);
    cut.delete("a");
    await seconds(20);
    assert.deepEqual(told(), []);
  });

  test("clocks that differ by an hour change nothing", async (t) => {
    const { join, told, seconds } = rig(t);
    await join("a", -3_600_000);
    await join("b", 3_600_000);
    told();
    await seconds(30);
    assert.deepEqual(told(), []);
  });

  test("a restarted worker of the owner owns at once", async (t) => {
    const { join, told, cut, pass } = rig(t);
    await join("a");
    await join("b");
    told();
    cut.add("a");
    await pass();
    cut.delete("a");
    await join("a");
    assert.deepEqual(told(), ["a owns"]);
  });

  test("an owner takes a Lease again that was deleted or emptied by hand", async (t) => {
    const { join, told, seconds, kube, holder } = rig(t);
    await join("a");
    kube.remove(leases, where);
    await seconds(2);
    assert.equal(holder(), "a");
    kube.put(leases, { ...kube.read(leases, where), spec: {} });
    await seconds(2);
    assert.equal(holder(), "a");
    assert.deepEqual(told(), ["a owns"]);
  });

  test("a write to the Lease's labels is neither a renewal nor a loss", async (t) => {
    const { join, told, seconds, kube, cut } = rig(t);
    await join("a");
    await join("b");
    const label = () => {
      const lease = kube.read(leases, where);
      kube.put(leases, {
        ...lease,
        metadata: { ...lease.metadata, labels: { seen: String(lease.metadata.resourceVersion) } },
      });
    };
    label();
    await seconds(2);
    assert.deepEqual(told(), ["a owns", "b sees a"]);
    cut.add("a");
    for (let second = 0; second < 8; second++) {
      label();
      await seconds(1);
    }
    assert.deepEqual(told(), ["b owns"]);
  });

  test("an API server that does not answer costs no turn more than 2 s", async (t) => {
    const { join, told, seconds, kube, holder } = rig(t);
    await join("a");
    const replace = kube.replace.bind(kube);
    let hangs = 1;
    kube.replace = (...args) => (hangs-- > 0 ? new Promise(() => {}) : replace(...args));
    await seconds(5);
    assert.deepEqual(told(), ["a owns"]);
    assert.equal(holder(), "a");
    assert.match(readRecord(kube.read(leases, where)).renewTime, /22:13:2[45]/);
  });

  test("a release that meets a missing API server ends all the same, and nothing is told after the stop", async (t) => {
    const { join, told, seconds, cut, clock } = rig(t);
    const a = await join("a");
    told();
    cut.add("a");
    await a.stop();
    cut.delete("a");
    await seconds(5);
    assert.deepEqual(told(), []);
    assert.equal(clock.pendingTimers, 0);
  });
});

describe("readLease()", () => {
  const put = (kube: FakeKube, spec: object) =>
    kube.put(leases, { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: where, spec });
  const old = { holderIdentity: "eg", leaseDurationSeconds: 15, renewTime: "2020-01-01T00:00:00.000000Z" };
  const read = (kube: FakeKube, clock: Clock) => readLease(kube, where.namespace, where.name, clock);

  test("knows none where there is none or nobody holds it, and a fresh one at once", async () => {
    const kube = new FakeKube();
    const clock = new FakeClock();
    assert.equal(await read(kube, clock), undefined);
    put(kube, { ...old, holderIdentity: "" });
    assert.deepEqual(await read(kube, clock), { holder: "", isLive: false });
    put(kube, { ...old, renewTime: new Date(clock.wallMs() - 5000).toISOString() });
    assert.deepEqual(await read(kube, clock), { holder: "eg", isLive: true });
  });

  test("looks twice at one that seems old: only a renewed one is live", async () => {
    const kube = new FakeKube();
    const clock = new FakeClock();
    put(kube, old);
    const looks: FakeCall[] = kube.calls;
    const dead = read(kube, clock);
    await turn();
    clock.advance(4000);
    assert.deepEqual(await dead, { holder: "eg", isLive: false });
    const live = read(kube, clock);
    await turn();
    put(kube, { ...old, renewTime: "2020-01-01T00:00:02.000000Z" });
    clock.advance(4000);
    assert.deepEqual(await live, { holder: "eg", isLive: true });
    assert.equal(looks.length, 4);
  });
});
