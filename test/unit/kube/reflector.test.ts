import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { KubeError, type KubeResource } from "../../../src/kube/api.ts";
import { Outage } from "../../../src/kube/outage.ts";
import { type ReflectorEvent, startReflector } from "../../../src/kube/reflector.ts";
import type { Log } from "../../../src/observe/log.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { FakeKube } from "../../helpers/fake-kube.ts";

const v1: KubeResource = { group: "g.example", version: "v1", kind: "Thing", plural: "things", scope: "Namespaced" };
const beta: KubeResource = { ...v1, version: "v1beta1" };

const thing = (name: string, spec: unknown = {}) => ({
  apiVersion: "g.example/v1",
  kind: "Thing",
  metadata: { name, namespace: "a" },
  spec,
});

/** A reflector on an API server in memory, with what it told as lines. */
function rig(t: TestContext, kube = new FakeKube()) {
  const clock = new FakeClock();
  const told: string[] = [];
  const logged: string[] = [];
  const write = (_: unknown, message: string) => void logged.push(message);
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
  const reflector = startReflector({
    api: kube,
    resources: [v1, beta],
    selection: {},
    clock,
    random: () => 1,
    log,
    outage: new Outage(clock, log),
    onEvent: (event) => told.push(lineOf(event)),
  });
  t.after(() => reflector.stop());
  return {
    kube,
    clock,
    logged,
    reflector,
    /** What was told since the last time. */
    async told() {
      for (let count = 0; count < 10; count++) await turn();
      return told.splice(0);
    },
  };
}

function lineOf(event: ReflectorEvent): string {
  switch (event.type) {
    case "put":
      return `put ${event.objects.map(({ metadata }) => metadata.name).join(" ")}`;
    case "deleted":
      return `deleted ${event.name}`;
    case "listed":
      return `listed ${event.names.size}`;
    case "refused":
      return `refused ${event.error.status}`;
    case "unreadable":
      return `unreadable ${event.reason}`;
  }
}

const verbs = ({ calls }: FakeKube) => calls.map(({ verb }) => verb).join(" ");

describe("startReflector()", () => {
  test("lists in pages, then follows changes", async (t) => {
    const kube = new FakeKube();
    for (let index = 0; index < 1100; index++) kube.put(v1, thing(`t${index}`));
    const { told } = rig(t, kube);
    const first = await told();
    assert.deepEqual(
      first.map((line) => line.split(" ").length - 1),
      [500, 500, 100, 1],
    );
    assert.equal(first.at(-1), "listed 1100");
    kube.put(v1, thing("new"));
    kube.remove(v1, { namespace: "a", name: "t7" });
    assert.deepEqual(await told(), ["put new", "deleted a/t7"]);
  });

  test("goes on from the last version when a watch ends or breaks, and misses nothing in between", async (t) => {
    const { kube, clock, told } = rig(t);
    kube.put(v1, thing("one"));
    await told();
    clock.advance(2000);
    kube.endWatches();
    kube.put(v1, thing("two"));
    assert.deepEqual(await told(), ["put two"]);
    kube.breakWatches();
    await told();
    kube.put(v1, thing("three"));
    assert.deepEqual(await told(), []);
    clock.advance(200);
    assert.deepEqual(await told(), ["put three"]);
    assert.equal(verbs(kube), "list watch watch watch");
  });

  test("lists again when its version is compacted, also where the watch itself says so", async (t) => {
    const { kube, clock, logged, told } = rig(t);
    kube.put(v1, thing("one"));
    kube.put(v1, thing("two"));
    await told();
    clock.advance(2000);
    kube.breakWatches();
    await told();
    kube.remove(v1, { namespace: "a", name: "one" });
    kube.compact();
    clock.advance(200);
    assert.deepEqual(await told(), []);
    clock.advance(400);
    assert.deepEqual(await told(), ["put two", "listed 1"]);
    assert.equal(kube.watches, 1);
    clock.advance(2000);
    kube.send(v1, { type: "ERROR", error: new KubeError("too old", 410, "Expired") });
    kube.endWatches();
    assert.deepEqual(await told(), ["put two", "listed 1"]);
    assert.deepEqual(
      new Set(logged),
      new Set([
        "The API server cannot be reached",
        "The watched version is too old: listed again",
        "The API server answers again",
      ]),
    );
  });

  test("bookmarks keep a quiet kind's version from getting too old", async (t) => {
    const { kube, clock, told } = rig(t);
    await told();
    kube.compact();
    kube.bookmark();
    clock.advance(2000);
    kube.endWatches();
    await told();
    assert.equal(verbs(kube), "list watch watch");
  });

  test("gives up a connection that is silent, and resumes", async (t) => {
    const { kube, clock, told } = rig(t);
    await told();
    clock.advance(60_000);
    kube.bookmark();
    clock.advance(60_000);
    await told();
    assert.equal(verbs(kube), "list watch");
    clock.advance(30_000);
    await told();
    assert.equal(verbs(kube), "list watch watch");
    assert.equal(kube.watches, 1);
  });

  test("asks for a kind that is not installed until it is, and says so once", async (t) => {
    const kube = new FakeKube();
    kube.uninstall(v1);
    kube.uninstall(beta);
    const { clock, logged, told } = rig(t, kube);
    assert.deepEqual(await told(), ["listed 0"]);
    for (let count = 0; count < 5; count++) {
      clock.advance(4000);
      assert.deepEqual(await told(), []);
    }
    kube.install(v1);
    kube.put(v1, thing("one"));
    clock.advance(4000);
    assert.deepEqual(await told(), ["put one", "listed 1"]);
    assert.deepEqual(logged, ["The kind is not installed: it is asked for every few seconds", "The kind is installed"]);
  });

  test("believes that an installed kind is gone only when the server says so three times", async (t) => {
    const { kube, clock, told } = rig(t);
    kube.put(v1, thing("one"));
    await told();
    kube.uninstall(v1);
    kube.uninstall(beta);
    clock.advance(2000);
    kube.endWatches();
    const seen: string[] = [];
    for (let count = 0; count < 3; count++) {
      seen.push(...(await told()));
      clock.advance(3600);
    }
    assert.deepEqual(seen, []);
    assert.deepEqual(await told(), ["listed 0"]);
  });

  test("takes the version that is served", async (t) => {
    const kube = new FakeKube();
    kube.uninstall(v1);
    const { told } = rig(t, kube);
    kube.put(v1, thing("one"));
    assert.deepEqual(await told(), ["put one", "listed 1"]);
    assert.deepEqual(
      kube.calls.map(({ verb, resource }) => `${verb} ${resource.version}`),
      ["list v1", "list v1beta1", "watch v1beta1"],
    );
  });

  test("backs off from a server that refuses or is away, and warns once", async (t) => {
    const kube = new FakeKube();
    kube.refuse = () => new KubeError("things is forbidden", 403, "Forbidden");
    const { clock, logged, told } = rig(t, kube);
    const refusals = await told();
    for (let second = 0; second < 60; second++) {
      clock.advance(1000);
      refusals.push(...(await told()));
    }
    assert.ok(refusals.length > 5 && refusals.length < 25, `${refusals.length} refusals in a minute`);
    assert.equal(new Set(refusals).size, 1);
    kube.refuse = () => undefined;
    clock.advance(10_000);
    assert.deepEqual(await told(), ["listed 0"]);
    assert.deepEqual(logged, ["Cannot follow the kind: tried again", "The kind is followed again"]);
  });

  test("skips a line that is no event", async (t) => {
    const { kube, told } = rig(t);
    await told();
    kube.send(v1, { type: "UNREADABLE", reason: "not JSON: 7 characters" });
    kube.put(v1, thing("one"));
    assert.deepEqual(await told(), ["unreadable not JSON: 7 characters", "put one"]);
    assert.equal(verbs(kube), "list watch");
  });

  test("leaves no watch and no timer when it is stopped", async (t) => {
    const { kube, clock, reflector, told } = rig(t);
    await told();
    await reflector.stop();
    kube.put(v1, thing("one"));
    assert.deepEqual(await told(), []);
    assert.deepEqual([kube.watches, clock.pendingTimers], [0, 0]);
  });
});
