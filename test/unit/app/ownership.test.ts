import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Ownership } from "../../../src/app/serve/ownership.ts";
import { silentLog } from "../../../src/observe/log.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

function rig(label: (isOwner: boolean) => Promise<void> = async () => {}) {
  const clock = new FakeClock();
  const did: string[] = [];
  const warned: string[] = [];
  const log = { ...silentLog, warn: (_: unknown, message: string) => void warned.push(message) };
  const world = { isWaitedFor: false };
  const ownership = new Ownership({
    clock,
    log,
    identity: "a",
    handOverMs: 2_000,
    parts: {
      setServingXds: (is) => did.push(`xds ${is}`),
      setPicking: (is) => did.push(`pick ${is}`),
      setWriting: (is) => did.push(`write ${is}`),
      isWaitedFor: () => world.isWaitedFor,
      refuse: () => did.push("refuse"),
      label: (is) => {
        did.push(`label ${is}`);
        return label(is);
      },
    },
  });
  return { clock, did, ownership, warned, world };
}

const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

describe("ownership", () => {
  it("picks and serves before it is found by its label", () => {
    const { did, ownership } = rig();
    ownership.told(true, "a");
    assert.deepEqual(did, ["pick true", "xds true", "write true", "label true"]);
    assert.equal(ownership.role, "owner");
  });

  it("does nothing when it is told twice", () => {
    const { did, ownership } = rig();
    ownership.told(true, "a");
    ownership.told(true, "a");
    assert.equal(did.length, 4);
  });

  it("ends what a picker does that outlived its control thread, when another one owns by now", () => {
    const { did, ownership } = rig();
    ownership.told(false, "b");
    ownership.told(false, "c");
    assert.deepEqual(did, ["pick false"]);
  });

  it("sends proxies away first, and what waits only when they have had time to follow the new owner", () => {
    const { clock, did, ownership } = rig();
    ownership.told(true, "a");
    did.length = 0;
    ownership.told(false, "b");
    assert.deepEqual(did, ["write false", "label false", "xds false"]);
    clock.advance(1_999);
    assert.equal(ownership.role, "yielding");
    clock.advance(1);
    assert.deepEqual(did.at(-1), "pick false");
    assert.equal(ownership.role, "standby");
  });

  it("goes on picking when it owns again before what waits was ended", () => {
    const { clock, did, ownership } = rig();
    ownership.told(true, "a");
    ownership.told(false, "b");
    ownership.told(true, "a");
    clock.advance(10_000);
    assert.equal(did.includes("pick false"), false);
    assert.equal(ownership.role, "owner");
  });

  it("writes its label again until it succeeds, and not once it owns no more", async () => {
    let fails = 2;
    const { clock, did, ownership } = rig(async () => {
      if (fails-- > 0) throw new Error("Cannot patch");
    });
    ownership.told(true, "a");
    await settled();
    clock.advance(1_000);
    await settled();
    clock.advance(1_000);
    await settled();
    clock.advance(10_000);
    assert.equal(did.filter((each) => each === "label true").length, 3);
  });

  it("has left when what waits is handed over", async () => {
    const taken = rig();
    taken.ownership.told(true, "a");
    let left = false;
    void taken.ownership.left(60_000, 60_000).then(() => {
      left = true;
    });
    taken.ownership.told(false, "b");
    await settled();
    assert.equal(left, false);
    taken.clock.advance(2_000);
    await settled();
    assert.equal(left, true);
    assert.equal(taken.did.includes("refuse"), false);
  });

  it("where nobody takes over, serves for a while, and until nothing waits or the drain is over", async () => {
    for (const [waits, leftMs] of [
      ["for nothing", 5_000],
      ["for 7 s", 7_000],
      ["for ever", 20_000],
    ] as const) {
      const { clock, did, ownership, warned, world } = rig();
      ownership.told(true, "a");
      world.isWaitedFor = waits !== "for nothing";
      const passed = { ms: 0 };
      let left: number | undefined;
      void ownership.left(5_000, 20_000).then(() => {
        left = passed.ms;
      });
      for (; passed.ms < 30_000 && left === undefined; passed.ms += 500) {
        if (waits === "for 7 s" && passed.ms >= 6_500) world.isWaitedFor = false;
        clock.advance(500);
        await settled();
      }
      assert.equal((left ?? Number.NaN) + 500, leftMs, waits);
      assert.equal(did.at(-1), "refuse");
      assert.equal(warned.length, waits === "for ever" ? 1 : 0);
      assert.equal(ownership.role, "owner");
    }
  });
});
