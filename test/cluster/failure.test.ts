/** What the control plane and the API server may do while requests come: none fails. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { noCluster, startComponent, stopComponent } from "../helpers/cluster.ts";
import * as plane from "../helpers/control-plane.ts";
import { eventually } from "../helpers/eventually.ts";
import { HeldGateway } from "../helpers/held-gateway.ts";
import { adminText, owner, replicaPods, useAntechamber } from "../helpers/kube-antechamber.ts";
import * as kube from "../helpers/kube-gateway.ts";
import type { Traffic } from "../helpers/traffic.ts";

const kills = Number(process.env["ANTE_TEST_KILLS"] ?? 20);
/** Longer than a Lease is held. */
const absenceSeconds = Number(process.env["ANTE_TEST_ABSENCE"] ?? 20);

suite("failures of the control plane", { skip: noCluster }, () => {
  let gateway: HeldGateway;
  useAntechamber({ replicas: 2, args: ["--drain-time=12"] });
  before(async () => {
    gateway = await HeldGateway.start();
  });
  after(() => gateway?.stop());

  test(`killed ${kills} times under load it fails no request`, { timeout: 400_000 }, async (t) => {
    const traffic = [gateway.plainTraffic(t), gateway.poolTraffic(t)];
    const took: number[] = [];
    let owning = await plane.nextOwner("", 2);
    for (let count = 0; count < kills; count++) {
      const began = performance.now();
      if (count % 2 === 0) plane.killProcess(owning);
      else await plane.killPod(owning);
      const { status } = await kube.ask(gateway.host, "qwen");
      took.push(Math.round(performance.now() - began));
      assert.equal(status, 200);
      owning = await owner();
    }
    t.diagnostic(`the first request after each kill was answered within ${took.join(", ")} ms`);
    for (const each of traffic) await assertServed(each);
  });

  test(`an API server that is gone for ${absenceSeconds} s stops nobody`, async (t) => {
    const owning = await plane.nextOwner("", 2);
    const traffic = [gateway.plainTraffic(t), gateway.poolTraffic(t)];
    t.after(() => startComponent("apiserver"));
    const before = await builds(owning);
    await stopComponent("apiserver");
    await pause(absenceSeconds * 1000);
    assert.equal((await kube.ask(gateway.host, "qwen")).status, 200);
    await startComponent("apiserver");
    const began = performance.now();
    await gateway.move();
    t.diagnostic(`an endpoint's change was followed ${Math.round(performance.now() - began)} ms after the start`);
    assert.equal((await plane.nextOwner("", 2)).name, owning.name, "it owns as before");
    for (const each of traffic) await assertServed(each);
    t.diagnostic(`${(await builds(owning)) - before} runs of the model`);
  });

  test("without any replica plain routes are served, and what waits is replayed to the next one", async (t) => {
    await plane.nextOwner("", 2);
    // Before the traffic's end, which waits for answers.
    t.after(() => plane.scale(2));
    const traffic = [gateway.plainTraffic(t), gateway.poolTraffic(t)];
    const replicas = await replicaPods();
    await plane.scale(0);
    for (const each of replicas) await plane.killPod(each);
    const answered = traffic[0]?.answered ?? 0;
    await pause(10_000);
    assert.ok((traffic[0]?.answered ?? 0) > answered + 20);
    await plane.scale(2);
    await owner();
    const began = performance.now();
    assert.equal((await kube.ask(gateway.host, "qwen")).status, 200);
    t.diagnostic(`answered ${Math.round(performance.now() - began)} ms after a replica owned`);
    for (const each of traffic) await assertServed(each);
  });

  test("a lone replica that is stopped places what it can, then answers 503; the next one finds all as it was", async (t) => {
    await plane.scale(1);
    await eventually("one replica", async () => (await replicaPods()).length === 1 || undefined, { timeoutMs: 30_000 });
    const owning = await owner();
    const plain = gateway.plainTraffic(t);
    await gateway.hold();
    await gateway.wait(Array.from({ length: 4 }, () => "qwen"));
    const began = performance.now();
    await plane.scale(0);
    gateway.servers[0]?.received[0]?.answer();
    await eventually("one more at the server", () => gateway.servers[0]?.received.length === 2 || undefined);
    const refused = await eventually(
      "refusals",
      () => (gateway.answered.length === 4 ? gateway.answered.filter(({ status }) => status !== 200) : undefined),
      { timeoutMs: 60_000 },
    );
    t.diagnostic(`what waited was answered after ${Math.round(performance.now() - began)} ms`);
    assert.deepEqual(
      refused.map(({ status }) => status),
      [503, 503, 503],
    );
    for (const { headers } of refused) assert.match(headers["retry-after"] ?? "", /^\d+$/);
    await eventually("its end", async () => (await replicaPods()).length === 0 || undefined, { timeoutMs: 30_000 });
    await plane.scale(2);
    const next = await plane.nextOwner(owning.name);
    const served = (await gateway.answers()).filter(({ status }) => status === 200);
    assert.equal(served.length, 3);
    assert.equal((await kube.ask(gateway.host, "qwen")).status, 200, next.name);
    await assertServed(plain);
  });
});

/** How often the replica has run its model. */
async function builds(replica: Parameters<typeof adminText>[1]): Promise<number> {
  const text = await adminText("/metrics", replica);
  const [, value] = /^antechamber_model_builds_total(?:{[^}]*})? (\d+)/m.exec(text) ?? [];
  return Number(value);
}

async function assertServed(traffic: Traffic): Promise<void> {
  await traffic.stop();
  assert.deepEqual(traffic.failures, []);
  assert.ok(traffic.answered > 5, `${traffic.answered} answers`);
}
