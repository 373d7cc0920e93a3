/** One replica owns: what waits and what runs when another takes its place, in order or not. */
import assert from "node:assert/strict";
import { after, before, suite, type TestContext, test } from "node:test";
import { kubectl, noCluster } from "../helpers/cluster.ts";
import * as plane from "../helpers/control-plane.ts";
import { eventually } from "../helpers/eventually.ts";
import { HeldGateway } from "../helpers/held-gateway.ts";
import {
  adminApi,
  controlPlaneLogs,
  replicaPods,
  systemNamespace,
  useAntechamber,
} from "../helpers/kube-antechamber.ts";
import type { Traffic } from "../helpers/traffic.ts";

/** Every second is Critical. */
const ten = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? "travel-helper" : "qwen"));

suite("ownership", { skip: noCluster }, () => {
  let gateway: HeldGateway;
  useAntechamber({ replicas: 2 });
  before(async () => {
    gateway = await HeldGateway.start();
  });
  after(() => gateway?.stop());

  test("who owns is seen in the Lease, by the label, in the log and in the admin API; the xDS Service has that replica alone", async () => {
    const owning = await plane.nextOwner("", 2);
    const standby = (await replicaPods()).find(({ name }) => name !== owning.name);
    assert.equal(standby?.isReady, true);
    for (const [replica, role] of [
      [owning, "owner"],
      [standby, "standby"],
    ] as const) {
      const { name: identity } = replica;
      const ownership = await adminApi("/api/v1/ownership", replica);
      assert.deepEqual(ownership, { role, identity, holder: owning.name });
    }
    assert.match(await controlPlaneLogs(), new RegExp(`${owning.name} owns`));
    const slices = ["get", "endpointslices", "-n", systemNamespace, "-l", "kubernetes.io/service-name=antechamber"];
    assert.equal(await kubectl([...slices, "-o", "jsonpath={.items[*].endpoints[*].addresses[*]}"]), owning.ip);
  });

  test("an owner that is gone: the standby takes what waits, in order of priority, and knows what runs", async (t) => {
    const owning = await plane.nextOwner("", 2);
    const plain = await waitUnderLoad(t);
    const began = performance.now();
    await plane.killPod(owning);
    const next = await plane.nextOwner(owning.name);
    t.diagnostic(`another owns after ${Math.round(performance.now() - began)} ms`);
    await gateway.waitingIs(next, 10);
    t.diagnostic(`all wait there after ${Math.round(performance.now() - began)} ms`);
    assertOrder(await gateway.finish());
    assert.ok(performance.now() - began < 20_000);
    await assertServed(plain);
  });

  test("an owner that hangs: another takes what waits; when it goes on it yields", async (t) => {
    const owning = await plane.nextOwner("", 2);
    const plain = await waitUnderLoad(t);
    const began = performance.now();
    const thaw = plane.freezeProcess(owning);
    try {
      const next = await plane.nextOwner(owning.name);
      t.diagnostic(`another owns after ${Math.round(performance.now() - began)} ms`);
      await gateway.waitingIs(next, 10);
      t.diagnostic(`all wait there after ${Math.round(performance.now() - began)} ms`);
      assertOrder(await gateway.finish());
      thaw();
      await plane.nextOwner(owning.name, 2);
      await gateway.hold();
      await gateway.wait(["qwen"]);
      await gateway.waitingIs(owning, 0);
      await gateway.finish();
    } finally {
      thaw();
    }
    await assertServed(plain);
  });

  test("a rolling update, with requests that wait and run, some too large to be repeated", async (t) => {
    const owning = await plane.nextOwner("", 2);
    const plain = await waitUnderLoad(t);
    await gateway.wait(["travel-helper"], { large: true });
    const began = performance.now();
    await kubectl(["rollout", "restart", plane.deployment, "-n", systemNamespace]);
    const next = await plane.nextOwner(owning.name, 2);
    t.diagnostic(`another owns after ${Math.round(performance.now() - began)} ms`);
    await gateway.waitingIs(next, 10);
    t.diagnostic(`all wait there after ${Math.round(performance.now() - began)} ms`);
    await gateway.finish();
    await kubectl(["rollout", "status", plane.deployment, "-n", systemNamespace, "--timeout=60s"]);
    await assertServed(plain);
  });

  test("a Lease that somebody takes: the owner yields, another takes it when it has expired", async (t) => {
    const owning = await plane.nextOwner("", 2);
    const plain = await waitUnderLoad(t);
    await plane.stealLease("a-stranger");
    const began = performance.now();
    await eventually("no owner", async () => (await replicaPods()).every(({ isOwner }) => !isOwner) || undefined);
    t.diagnostic(`${owning.name} yielded after ${Math.round(performance.now() - began)} ms`);
    const next = await plane.nextOwner("");
    t.diagnostic(`${next.name} owns after ${Math.round(performance.now() - began)} ms`);
    await gateway.waitingIs(next, 10);
    assertOrder(await gateway.finish());
    await assertServed(plain);
  });

  /** Ten that wait, two that run, and requests of a plain route. */
  async function waitUnderLoad(t: TestContext): Promise<Traffic> {
    const plain = gateway.plainTraffic(t);
    await gateway.hold();
    await gateway.wait(ten);
    return plain;
  }
});

function assertOrder(models: readonly (readonly string[])[]): void {
  const byPriority = (model: string): number => (model === "qwen" ? 0 : 1);
  for (const each of models) {
    assert.deepEqual(
      each,
      each.toSorted((one, other) => byPriority(one) - byPriority(other)),
    );
  }
}

async function assertServed(traffic: Traffic): Promise<void> {
  await traffic.stop();
  assert.deepEqual(traffic.failures, []);
  assert.ok(traffic.answered > 50, `${traffic.answered} answers`);
}
