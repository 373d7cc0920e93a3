import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Ask } from "../../../src/picker/flow/ask.ts";
import { FlowController } from "../../../src/picker/flow/controller.ts";
import type { FlowSettings, Placer } from "../../../src/picker/flow/ports.ts";
import type { Placement } from "../../../src/picker/schedule/placement.ts";
import { at, makeAsk } from "../../helpers/make-ask.ts";

const settings: FlowSettings = {
  queueing: true,
  queueTtlMs: 0,
  maxDeadlineMs: 0,
  starvationBoundMs: 1_000,
  starvationShare: 0.1,
  maxQueuedRequests: 10_000,
  maxQueuedBytes: 1_000_000_000,
  waitForEndpointsMs: 0,
};

/** So many places; some are held back from priorities under 0. */
class Pool implements Placer {
  free = 0;
  heldBack = false;
  readonly placed: Ask[] = [];
  readonly controller: FlowController;

  constructor(change: Partial<FlowSettings> = {}) {
    this.controller = new FlowController({ placer: this, settings: { ...settings, ...change } });
  }

  place(ask: Ask, _now: unknown, ahead = false): Placement | undefined {
    if (this.free === 0 || (this.heldBack && ask.priority < 0 && !ahead)) return undefined;
    return this.placeAnyway(ask);
  }

  placeAnyway(ask: Ask): Placement {
    this.free--;
    this.placed.push(ask);
    return { id: ask.id, endpoints: ["10.0.0.1:8000"] };
  }

  saturated(): boolean {
    return false;
  }

  admit(id: string, priority: number, atMs: number): void {
    this.controller.admit(makeAsk(id, { priority, atMs }), () => {}, at(atMs));
  }

  /** One place after the other, as servers end what they have. */
  release(count: number, ms: number): string {
    const from = this.placed.length;
    for (let index = 0; index < count; index++) {
      this.free++;
      this.controller.drain(at(ms));
    }
    return this.placed
      .slice(from)
      .map(({ priority }) => (priority > 0 ? "H" : "l"))
      .join("");
  }
}

function busy(change: Partial<FlowSettings> = {}): Pool {
  const pool = new Pool(change);
  for (let index = 0; index < 20; index++) pool.admit(`low ${index}`, -1, 0);
  for (let index = 0; index < 100; index++) pool.admit(`high ${index}`, 1, 1);
  return pool;
}

describe("a starvation bound", () => {
  test("of 0 lets lower levels wait for ever", () => {
    assert.equal(busy({ starvationBoundMs: 0 }).release(50, 3_000_000), "H".repeat(50));
  });

  test("gives who has waited longer one placement in ten, and the higher level the others", () => {
    const pool = busy();
    assert.equal(pool.release(5, 900), "HHHHH");
    const served = pool.release(50, 1_000);
    assert.equal(served, "lHHHHHHHHH".repeat(5));
  });

  test("gives lower levels that share also where the highest has waited longer", () => {
    const pool = new Pool();
    for (let index = 0; index < 100; index++) pool.admit(`high ${index}`, 1, 0);
    for (let index = 0; index < 20; index++) pool.admit(`low ${index}`, -1, 1);
    assert.equal(pool.release(30, 5_000), "lHHHHHHHHH".repeat(3));
  });

  test("gives another share where the settings say so, at once and without losing anybody", () => {
    const pool = busy();
    pool.release(1, 1_000);
    pool.controller.configure({ ...settings, starvationShare: 0.5 }, at(1_000));
    assert.equal(pool.release(3, 1_000), "HHl");
    pool.controller.configure({ ...settings, starvationShare: 0 }, at(1_000));
    assert.equal(pool.release(20, 1_000), "H".repeat(20));
    assert.equal(pool.controller.stats(at(1_000)).waiting, 120 - 24);
  });

  test("wakes flow control when room is held back from somebody who has waited so long", () => {
    const pool = new Pool();
    pool.heldBack = true;
    pool.free = 1;
    pool.admit("low", -1, 0);
    assert.equal(pool.controller.nextDueMs !== undefined && pool.controller.nextDueMs <= 1_000, true);
    pool.controller.wake(at(999));
    assert.equal(pool.placed.length, 0);
    pool.controller.wake(at(1_000));
    assert.deepEqual(
      pool.placed.map(({ id }) => id),
      ["low"],
    );
  });

  test("does not keep flow control awake once it has passed", () => {
    const pool = busy();
    pool.controller.wake(at(1_000));
    const dueMs = pool.controller.nextDueMs;
    assert.ok(dueMs !== undefined && dueMs > 1_000);
    pool.controller.wake(at(1_001));
    assert.ok((pool.controller.nextDueMs ?? 0) > 10_000);
  });

  test("serves the oldest of several levels, and counts it as of the highest where pools share servers", () => {
    const pool = new Pool();
    pool.admit("lowest", -5, 10);
    pool.admit("low", -1, 0);
    pool.admit("high", 7, 1_500);
    pool.controller.wake(at(1_500));
    assert.deepEqual(pool.controller.head, { priority: 7, arrivedAtMs: at(0).wallMs });
    pool.free = 1;
    pool.controller.drain(at(1_500));
    assert.deepEqual(
      pool.placed.map(({ id }) => id),
      ["low"],
    );
  });
});

describe("a client's own deadline", () => {
  /** When a request that asks for `ttlMs` is told that its time is over. */
  const expiryMs = (ttlMs: number, change: Partial<FlowSettings>): number | undefined => {
    const pool = new Pool({ starvationBoundMs: 0, ...change });
    let endedMs: number | undefined;
    let nowMs = 0;
    pool.controller.admit(makeAsk("a", { ttlMs }), () => (endedMs = nowMs), at(0));
    nowMs = pool.controller.nextDueMs ?? 0;
    pool.controller.wake(at(nowMs));
    return endedMs;
  };

  test("makes a wait shorter", () => {
    assert.equal(expiryMs(2_000, {}), 2_000);
    assert.equal(expiryMs(2_000, { queueTtlMs: 5_000 }), 2_000);
  });

  test("makes none longer than the pool's, unless the pool has a longest deadline", () => {
    assert.equal(expiryMs(9_000, { queueTtlMs: 5_000 }), 5_000);
    assert.equal(expiryMs(9_000, { queueTtlMs: 5_000, maxDeadlineMs: 7_000 }), 7_000);
    assert.equal(expiryMs(6_000, { queueTtlMs: 5_000, maxDeadlineMs: 7_000 }), 6_000);
    assert.equal(expiryMs(9_999_999_999, {}), 59 * 60_000);
  });
});

describe("fairness between flows", () => {
  test("gives each the same cost of those that are served", () => {
    const pool = new Pool();
    const controller = new FlowController({
      placer: pool,
      settings: { ...settings, starvationBoundMs: 0 },
      cost: ({ bytes }) => bytes,
    });
    for (let index = 0; index < 50; index++) {
      controller.admit(makeAsk(`large ${index}`, { flow: "large", bytes: 4_000 }), () => {}, at(0));
      controller.admit(makeAsk(`small ${index}`, { flow: "small", bytes: 1_000 }), () => {}, at(1));
    }
    pool.free = 25;
    controller.drain(at(2));
    assert.equal(pool.placed.filter(({ flow }) => flow === "large").length, 5);
  });
});
