import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { KubeError } from "../../../src/kube/api.ts";
import { type Log, silentLog } from "../../../src/observe/log.ts";
import { createStatusWriter, type StatusWriter, type WriteOutcome } from "../../../src/status/write/status-writer.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { FakeStatusWorld } from "../../helpers/fake-status-world.ts";
import { condition, gatewayRef, gatewayStatus, routeRef, routeStatus } from "../../helpers/make-status.ts";

const controllerName = "gateway.envoyproxy.io/gatewayclass-controller";

interface Rig {
  readonly world: FakeStatusWorld;
  readonly clock: FakeClock;
  readonly writer: StatusWriter;
  readonly lines: string[];
  readonly outcomes: WriteOutcome[];
}

function rig({ isOwner = true }: { readonly isOwner?: boolean } = {}): Rig {
  const world = new FakeStatusWorld();
  const clock = new FakeClock();
  const lines: string[] = [];
  const say = ({ text }: { readonly text?: string }): void => void lines.push(text ?? "");
  const log: Log = { ...silentLog, warn: say, info: say };
  const outcomes: WriteOutcome[] = [];
  const { api, observed } = world;
  const metrics = { wrote: (_kind: string, outcome: WriteOutcome): void => void outcomes.push(outcome) };
  const writer = createStatusWriter({ api, observed, clock, random: () => 0, log, controllerName, metrics });
  writer.setOwner(isOwner);
  return { world, clock, writer, lines, outcomes };
}

/** All answers have arrived. */
async function settled(): Promise<void> {
  for (let round = 0; round < 5; round++) await setImmediate();
}

/** Time passes, and answers arrive on the way. */
async function pass(clock: FakeClock, ms: number, steps = 100): Promise<void> {
  for (let step = 0; step < steps; step++) {
    clock.advance(ms / steps);
    await settled();
  }
}

function keys(world: FakeStatusWorld): readonly string[] {
  return world.patches.map(({ key }) => key);
}

describe("the status writer", () => {
  it("writes once what differs, against the version that it compared", async () => {
    const { world, clock, writer } = rig();
    world.put(gatewayRef("gw"));
    writer.setStatuses([gatewayStatus("gw")]);
    await settled();
    await pass(clock, 60_000);
    assert.equal(world.patches.length, 1);
    assert.deepEqual(world.patches[0]?.body["metadata"], { resourceVersion: "1" });
    assert.deepEqual(world.status(gatewayRef("gw")), {
      conditions: [{ ...condition("Accepted"), lastTransitionTime: "2023-11-14T22:13:20Z" }],
    });
  });

  it("writes nothing that is there already, though by another's hand and in another order", async () => {
    const { world, writer } = rig();
    const conditions = [condition("ResolvedRefs"), condition("Accepted")].map((one) => ({
      ...one,
      lastTransitionTime: "2020-01-01T00:00:00Z",
    }));
    world.put(gatewayRef("gw"), { addresses: [], listeners: [], conditions });
    writer.setStatuses([gatewayStatus("gw", [condition("Accepted"), condition("ResolvedRefs")])]);
    await settled();
    assert.deepEqual(world.patches, []);
  });

  it("writes nothing while it is not the owner, and everything when it becomes it", async () => {
    const { world, writer } = rig({ isOwner: false });
    world.put(gatewayRef("gw"));
    writer.setStatuses([gatewayStatus("gw")]);
    await settled();
    assert.deepEqual(world.patches, []);
    assert.deepEqual(
      writer.pending().map(({ ref }) => ref.name),
      ["gw"],
    );
    writer.setOwner(true);
    await settled();
    assert.deepEqual(keys(world), ["Gateway/default/gw"]);
    assert.deepEqual(writer.pending(), []);
  });

  it("stops to write when it is no longer the owner", async () => {
    const { world, clock, writer } = rig();
    world.put(gatewayRef("gw"));
    writer.setOwner(false);
    writer.setStatuses([gatewayStatus("gw")]);
    await pass(clock, 60_000);
    assert.deepEqual(world.patches, []);
  });

  it("puts a Gateway before a burst of routes, and keeps few in flight", async () => {
    const { world, writer } = rig();
    world.holdAnswers = true;
    const names = Array.from({ length: 3_000 }, (_, index) => `r${index}`);
    for (const name of names) world.put(routeRef(name));
    writer.setStatuses(names.map((name) => routeStatus(name)));
    assert.equal(world.heldAnswers.length, 8);
    world.put(gatewayRef("gw"));
    writer.setStatuses([...names.map((name) => routeStatus(name)), gatewayStatus("gw")]);
    world.release();
    await settled();
    assert.equal(world.heldAnswers[0], "Gateway/default/gw");
    assert.equal(world.heldAnswers.length, 8);
  });

  it("writes the latest of what came while a write was in flight, and not at once", async () => {
    const { world, clock, writer } = rig();
    world.put(gatewayRef("gw"));
    world.holdAnswers = true;
    writer.setStatuses([gatewayStatus("gw")]);
    for (const message of ["a", "b", "c"]) {
      writer.setStatuses([gatewayStatus("gw", [condition("Accepted", "True", message)])]);
    }
    world.holdAnswers = false;
    world.release();
    await settled();
    assert.equal(world.patches.length, 1);
    await pass(clock, 1_000);
    assert.equal(world.patches.length, 2);
    assert.match(JSON.stringify(world.patches[1]), /"message":"c"/);
  });

  it("goes by the server's answer until the watch has caught up", async () => {
    const { world, clock, writer, outcomes } = rig();
    world.put(gatewayRef("gw"));
    world.holdWatch = true;
    for (const message of ["a", "b", "c"]) {
      writer.setStatuses([gatewayStatus("gw", [condition("Accepted", "True", message)])]);
      await pass(clock, 1_000);
    }
    assert.deepEqual(outcomes, ["written", "written", "written"]);
    world.showAll();
    await pass(clock, 60_000);
    assert.equal(world.patches.length, 3);
  });

  it("waits for the newer version after a conflict, then writes over that one", async () => {
    const { world, clock, writer, outcomes } = rig();
    world.put(routeRef("r"));
    world.holdWatch = true;
    const foreign = { parentRef: { name: "gw" }, controllerName: "example.com/other", conditions: [] };
    world.put(routeRef("r"), { parents: [foreign] });
    writer.setStatuses([routeStatus("r")]);
    await pass(clock, 2_000);
    assert.deepEqual(outcomes, ["outdated"]);
    world.showAll();
    await settled();
    assert.deepEqual(outcomes, ["outdated", "written"]);
    assert.match(JSON.stringify(world.status(routeRef("r"))), /example.com\/other.*gatewayclass-controller/);
  });

  it("forgets an object that is gone, and writes the one that takes its name", async () => {
    const { world, clock, writer, outcomes } = rig();
    world.put(routeRef("r"));
    world.remove(routeRef("r"));
    writer.setStatuses([routeStatus("r")]);
    await pass(clock, 10_000);
    assert.deepEqual(outcomes, ["gone"]);
    world.put(routeRef("r"), undefined, "another uid");
    await settled();
    assert.deepEqual(outcomes, ["gone", "written"]);
  });

  it("answers a writer that keeps overwriting it ever more rarely, and says so in one line", async () => {
    const { world, clock, writer, lines } = rig();
    world.put(routeRef("r"));
    writer.setStatuses([routeStatus("r")]);
    await settled();
    let overwrites = 0;
    for (let second = 0; second < 3_600; second++) {
      if (!JSON.stringify(world.status(routeRef("r"))).includes("theirs")) {
        overwrites += 1;
        const conditions = [
          { ...condition("Accepted", "False", "theirs"), lastTransitionTime: "2020-01-01T00:00:00Z" },
        ];
        world.put(routeRef("r"), { parents: [{ parentRef: gatewayRef("gw"), controllerName, conditions }] });
      }
      await pass(clock, 1_000, 1);
    }
    assert.ok(overwrites > 10, `${overwrites} in an hour: it gave up`);
    assert.ok(overwrites < 40, `${overwrites} in an hour: a storm`);
    assert.match(lines[0] ?? "", /HTTPRoute\/default\/r does not stay as written: another controller/);
    assert.ok(lines.length <= 6, `${lines.length} lines in an hour`);
  });

  it("answers at once who overwrites it once", async () => {
    const { world, clock, writer } = rig();
    world.put(gatewayRef("gw"));
    writer.setStatuses([gatewayStatus("gw")]);
    await pass(clock, 10_000);
    world.put(gatewayRef("gw"), { conditions: [] });
    await settled();
    assert.match(JSON.stringify(world.status(gatewayRef("gw"))), /Accepted/);
  });

  it("does not fight with a server that does not keep what it is sent", async () => {
    const { world, clock, writer } = rig();
    world.put(gatewayRef("gw"));
    const { mergePatch } = world.api;
    Object.assign(world.api, {
      async mergePatch(...[resource, name, body]: Parameters<typeof mergePatch>) {
        const answer = await mergePatch(resource, name, { ...body, status: {} });
        world.put(gatewayRef("gw"), {});
        return { ...answer, status: {} };
      },
    });
    writer.setStatuses([gatewayStatus("gw")]);
    await pass(clock, 3_600_000, 3_600);
    assert.ok(world.patches.length < 40, `${world.patches.length} in an hour`);
  });

  it("stops all writing while the server does not answer, and says when it does again", async () => {
    const { world, clock, writer, lines, outcomes } = rig();
    const names = Array.from({ length: 100 }, (_, index) => `r${index}`);
    for (const name of names) world.put(routeRef(name));
    world.fail = () => new Error("connect ECONNREFUSED");
    writer.setStatuses(names.map((name) => routeStatus(name)));
    await pass(clock, 60_000, 600);
    assert.ok(world.patches.length < 100, `${world.patches.length} tries in a minute`);
    world.fail = undefined;
    await pass(clock, 120_000, 600);
    assert.equal(outcomes.filter((outcome) => outcome === "written").length, 100);
    assert.deepEqual(lines, [
      "Cannot write statuses: connect ECONNREFUSED; they follow when the API server answers",
      "Statuses are written again",
    ]);
  });

  it("waits as long as a busy server asks for", async () => {
    const { world, clock, writer, outcomes } = rig();
    world.put(gatewayRef("gw"));
    world.fail = () => new KubeError("too many requests", 429, "TooManyRequests", 30_000);
    writer.setStatuses([gatewayStatus("gw")]);
    await pass(clock, 29_000);
    world.fail = undefined;
    assert.deepEqual(outcomes, ["failed"]);
    await pass(clock, 2_000);
    assert.deepEqual(outcomes, ["failed", "written"]);
  });

  it("says once for a kind that it may not write, and goes on with the others", async () => {
    const { world, clock, writer, lines } = rig();
    for (const name of ["a", "b", "c"]) world.put(routeRef(name));
    world.put(gatewayRef("gw"));
    const forbidden = new KubeError("httproutes.gateway.networking.k8s.io is forbidden", 403, "Forbidden");
    world.fail = (key) => (key.startsWith("HTTPRoute") ? forbidden : undefined);
    writer.setStatuses([...["a", "b", "c"].map((name) => routeStatus(name)), gatewayStatus("gw")]);
    await pass(clock, 10_000);
    assert.deepEqual(lines, [
      "Cannot write the status of HTTPRoute/default/a: httproutes.gateway.networking.k8s.io is forbidden",
    ]);
    assert.equal(world.patches.length, 4);
    assert.match(JSON.stringify(world.status(gatewayRef("gw"))), /Accepted/);
  });

  it("tries at once a status that replaces one that was refused", async () => {
    const { world, clock, writer, outcomes } = rig();
    world.put(gatewayRef("gw"));
    world.fail = () => new KubeError("status.conditions[0].reason: Invalid value", 422, "Invalid");
    writer.setStatuses([gatewayStatus("gw")]);
    await pass(clock, 1_000);
    world.fail = undefined;
    writer.setStatuses([gatewayStatus("gw", [condition("Accepted", "False")])]);
    await settled();
    assert.deepEqual(outcomes, ["refused", "written"]);
  });

  it("leaves an object alone that is not in the list any more", async () => {
    const { world, clock, writer } = rig();
    world.put(gatewayRef("gw"));
    world.holdAnswers = true;
    writer.setStatuses([gatewayStatus("gw")]);
    writer.setStatuses([]);
    world.holdAnswers = false;
    world.release();
    await settled();
    world.put(gatewayRef("gw"), {});
    await pass(clock, 10_000);
    assert.equal(world.patches.length, 1);
  });

  it("has ended when its last write has", async () => {
    const { world, writer } = rig();
    for (const name of ["a", "b"]) world.put(gatewayRef(name));
    world.holdAnswers = true;
    writer.setStatuses([gatewayStatus("a"), gatewayStatus("b")]);
    let isStopped = false;
    const stopped = writer.stop().then(() => (isStopped = true));
    await settled();
    assert.equal(isStopped, false);
    world.release();
    await stopped;
    world.put(gatewayRef("a"), {});
    await settled();
    assert.equal(world.patches.length, 2);
  });
});
