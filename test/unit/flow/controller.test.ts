import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Ask } from "../../../src/picker/flow/ask.ts";
import { FlowController, type Ticket } from "../../../src/picker/flow/controller.ts";
import type { Outcome } from "../../../src/picker/flow/outcome.ts";
import type { FlowSettings, Moment, Placer } from "../../../src/picker/flow/ports.ts";
import { outcomeLabel } from "../../../src/picker/flow/stats.ts";
import type { Placement } from "../../../src/picker/schedule/placement.ts";
import { at, makeAsk } from "../../helpers/make-ask.ts";

const settings: FlowSettings = {
  queueing: true,
  queueTtlMs: 0,
  maxDeadlineMs: 0,
  starvationBoundMs: 0,
  starvationShare: 0.1,
  maxQueuedRequests: 100,
  maxQueuedBytes: 1_000_000,
  waitForEndpointsMs: 0,
};

/** As many places as the test says. */
class Places implements Placer {
  free = 0;
  full = false;
  readonly placed: string[] = [];

  place(ask: Ask): Placement | undefined {
    if (this.free === 0) return undefined;
    this.free--;
    return this.placeAnyway(ask);
  }

  placeAnyway(ask: Ask): Placement {
    this.placed.push(ask.id);
    return { id: `placement of ${ask.id}`, endpoints: ["10.0.0.1:8000"] };
  }

  saturated(): boolean {
    return this.full;
  }
}

class World {
  readonly places = new Places();
  readonly controller: FlowController;
  readonly outcomes = new Map<string, Outcome>();

  constructor(change: Partial<FlowSettings> = {}) {
    this.controller = new FlowController({ placer: this.places, settings: { ...settings, ...change } });
  }

  admit(id: string, ask: Parameters<typeof makeAsk>[1] = {}, now: Moment = at(ask?.atMs ?? 0), name = id): Ticket {
    const settle = (outcome: Outcome): void => {
      assert.ok(!this.outcomes.has(name), `${name} settled twice`);
      this.outcomes.set(name, outcome);
    };
    return this.controller.admit(makeAsk(id, ask), settle, now);
  }

  label(name: string): string | undefined {
    const outcome = this.outcomes.get(name);
    return outcome && outcomeLabel(outcome);
  }

  waitedMs(name: string): number | undefined {
    const outcome = this.outcomes.get(name);
    return outcome?.kind === "refused" ? undefined : outcome?.waitedMs;
  }
}

describe("admission", () => {
  test("places a request at once where there is room", () => {
    const world = new World();
    world.places.free = 1;
    world.admit("a");
    assert.deepEqual(world.outcomes.get("a"), {
      kind: "placed",
      placement: { id: "placement of a", endpoints: ["10.0.0.1:8000"] },
      waitedMs: 0,
    });
  });

  test("lets a request wait, and places it when there is room, with the time that it waited", () => {
    const world = new World();
    world.admit("a");
    assert.equal(world.label("a"), undefined);
    world.places.free = 1;
    world.controller.drain(at(1_500));
    assert.equal(world.label("a"), "placed");
    assert.equal(world.waitedMs("a"), 1_500);
  });

  test("never lets a newcomer pass one of its level that waits", () => {
    const world = new World();
    world.admit("first");
    world.places.free = 1;
    world.admit("second", { atMs: 1 });
    assert.equal(world.label("second"), undefined);
    world.controller.drain(at(2));
    assert.deepEqual(world.places.placed, ["first"]);
  });

  test("places all that fits in one drain, the highest level first, each level by arrival", () => {
    const world = new World();
    world.admit("standard 1");
    world.admit("sheddable", { priority: -1, atMs: 1 });
    world.admit("standard 2", { atMs: 2 });
    world.admit("critical", { priority: 1, atMs: 3 });
    world.places.free = 3;
    world.controller.drain(at(4));
    assert.deepEqual(world.places.placed, ["critical", "standard 1", "standard 2"]);
  });

  test("keeps order and age over a restart: request.time counts, not the arrival here", () => {
    const world = new World();
    world.admit("younger", { atMs: -1_000 }, at(0));
    world.admit("older", { atMs: -5_000 }, at(1));
    world.places.free = 2;
    world.controller.drain(at(10));
    assert.deepEqual(world.places.placed, ["older", "younger"]);
    assert.equal(world.waitedMs("older"), 5_010);
  });

  test("takes a proxy's clock that is ahead for now", () => {
    const world = new World();
    world.admit("from the future", { atMs: 60_000 }, at(0));
    world.admit("later", { atMs: 1 }, at(1));
    world.places.free = 2;
    world.controller.drain(at(2));
    assert.deepEqual(world.places.placed, ["from the future", "later"]);
    assert.equal(world.waitedMs("from the future"), 2);
  });
});

describe("a replayed request", () => {
  test("takes the place of the old stream's, which is told so, in whatever order they come", () => {
    const world = new World();
    world.admit("a", { atMs: 0 }, at(0), "old stream");
    world.admit("b", { atMs: 0 }, at(0));
    world.admit("a", { atMs: 0 }, at(500), "new stream");
    assert.equal(world.label("old stream"), "evicted-replaced");
    world.places.free = 2;
    world.controller.drain(at(501));
    assert.deepEqual(world.places.placed, ["a", "b"]);
    assert.equal(world.label("new stream"), "placed");
  });

  test("is not touched by the late cancel of the old stream", () => {
    const world = new World();
    const old = world.admit("a", {}, at(0), "old stream");
    world.admit("a", {}, at(500), "new stream");
    old.cancel(at(501));
    assert.equal(world.controller.stats(at(502)).waiting, 1);
    assert.equal(world.label("new stream"), undefined);
  });

  test("is another request where only the client's id is the same", () => {
    const world = new World();
    world.admit("a", { atMs: 0 }, at(0), "one");
    world.admit("a", { atMs: 0.001 }, at(1), "other");
    assert.equal(world.controller.stats(at(1)).waiting, 2);
  });

  test("does not count twice in a full queue", () => {
    const world = new World({ maxQueuedRequests: 1 });
    world.admit("a", {}, at(0), "old stream");
    world.admit("a", {}, at(1), "new stream");
    assert.equal(world.label("new stream"), undefined);
  });
});

describe("a client that leaves", () => {
  test("settles its request at once and frees its place", () => {
    const world = new World();
    const ticket = world.admit("a");
    ticket.cancel(at(100));
    assert.equal(world.label("a"), "evicted-client-gone");
    assert.equal(world.controller.stats(at(100)).waiting, 0);
    assert.equal(world.controller.nextDueMs, undefined);
  });

  test("lets the next go, which may need less", () => {
    const world = new World();
    const large = world.admit("large");
    world.admit("small", { atMs: 1 });
    world.places.free = 1;
    large.cancel(at(2));
    assert.equal(world.label("small"), "placed");
  });

  test("changes nothing after its request was placed", () => {
    const world = new World();
    world.places.free = 1;
    const ticket = world.admit("a");
    ticket.cancel(at(1));
    assert.equal(world.label("a"), "placed");
  });
});

describe("a full queue", () => {
  test("refuses the newcomer of the lowest level", () => {
    const world = new World({ maxQueuedRequests: 2 });
    for (const id of ["a", "b", "c"]) world.admit(id);
    assert.equal(world.label("c"), "refused-queue-full");
    assert.equal(world.controller.stats(at(0)).waiting, 2);
  });

  test("counts bytes as well as requests", () => {
    const world = new World({ maxQueuedBytes: 1_000 });
    world.admit("a", { bytes: 600 });
    world.admit("b", { bytes: 600 });
    assert.equal(world.label("b"), "refused-queue-full");
    assert.equal(world.controller.stats(at(0)).waitingBytes, 600);
  });

  test("gives a higher level the place of the newest of the lowest", () => {
    const world = new World({ maxQueuedRequests: 3 });
    world.admit("standard", { atMs: 0 });
    world.admit("sheddable 1", { priority: -1, atMs: 1 });
    world.admit("sheddable 2", { priority: -1, atMs: 2 });
    world.admit("critical", { priority: 1, atMs: 3 });
    assert.equal(world.label("sheddable 2"), "evicted-displaced");
    assert.equal(world.label("critical"), undefined);
    assert.equal(world.controller.stats(at(3)).waiting, 3);
  });

  test("displaces nobody for a request that would not fit even so", () => {
    const world = new World({ maxQueuedBytes: 1_000 });
    world.admit("standard", { bytes: 500 });
    world.admit("huge", { priority: 1, bytes: 2_000 });
    assert.equal(world.label("huge"), "refused-queue-full");
    assert.equal(world.label("standard"), undefined);
  });

  test("does not stand in the way of a request that is placed at once", () => {
    const world = new World({ maxQueuedRequests: 0 });
    world.places.free = 1;
    world.admit("a");
    assert.equal(world.label("a"), "placed");
  });
});

describe("time in the queue", () => {
  test("ends with the pool's TTL, counted from request.time", () => {
    const world = new World({ queueTtlMs: 10_000 });
    world.admit("a", { atMs: -4_000 }, at(0));
    assert.equal(world.controller.nextDueMs, 6_000);
    world.controller.wake(at(5_999));
    assert.equal(world.label("a"), undefined);
    world.controller.wake(at(6_000));
    assert.equal(world.label("a"), "evicted-ttl-expired");
    assert.equal(world.waitedMs("a"), 10_000);
  });

  test("ends with the route's timeout, if that is less, and with 59 minutes in any case", () => {
    const world = new World({ queueTtlMs: 10_000 });
    world.admit("a", { routeTimeoutMs: 3_000 });
    assert.equal(world.controller.nextDueMs, 3_000);
    const endless = new World();
    endless.admit("a", { routeTimeoutMs: 24 * 3_600_000 });
    assert.equal(endless.controller.nextDueMs, 59 * 60_000);
  });

  test("refuses what is overdue when it comes", () => {
    const world = new World({ queueTtlMs: 1_000 });
    world.places.free = 1;
    world.admit("a", { atMs: -1_000 }, at(0));
    assert.equal(world.label("a"), "refused-ttl-expired");
  });

  test("does not pass while the machine sleeps", () => {
    const world = new World({ queueTtlMs: 10_000 });
    world.admit("a");
    world.controller.drain(at(4_000));
    world.controller.wake(at(3_600_000));
    assert.equal(world.label("a"), undefined);
    assert.equal(world.controller.nextDueMs, 3_606_000);
    world.controller.wake(at(3_606_000));
    assert.equal(world.label("a"), "evicted-ttl-expired");
  });
});

describe("a pool without endpoints", () => {
  test("refuses at once, and evicts those that wait", () => {
    const world = new World();
    world.admit("waits");
    world.controller.setHasEndpoints(false, at(1));
    world.admit("comes", { atMs: 2 });
    assert.equal(world.label("waits"), "evicted-no-endpoints");
    assert.equal(world.label("comes"), "refused-no-endpoints");
  });

  test("waits for one as long as it is told to, for all requests together", () => {
    const world = new World({ waitForEndpointsMs: 5_000 });
    world.controller.setHasEndpoints(false, at(0));
    world.admit("early", { atMs: 1_000 });
    assert.equal(world.controller.nextDueMs, 5_000);
    world.controller.wake(at(5_000));
    assert.equal(world.label("early"), "evicted-no-endpoints");
    world.admit("late", { atMs: 6_000 });
    assert.equal(world.label("late"), "refused-no-endpoints");
  });

  test("serves those that waited for one", () => {
    const world = new World({ waitForEndpointsMs: 5_000 });
    world.controller.setHasEndpoints(false, at(0));
    world.admit("a", { atMs: 1_000 });
    world.places.free = 1;
    world.controller.setHasEndpoints(true, at(2_000));
    assert.equal(world.label("a"), "placed");
  });
});

describe("settings that change", () => {
  test("lose nobody: lower limits refuse newcomers only", () => {
    const world = new World();
    for (const id of ["a", "b", "c"]) world.admit(id);
    world.controller.configure({ ...settings, maxQueuedRequests: 1 }, at(1));
    assert.equal(world.controller.stats(at(1)).waiting, 3);
    world.admit("d", { atMs: 2 });
    assert.equal(world.label("d"), "refused-queue-full");
  });

  test("give those that wait the new TTL", () => {
    const world = new World();
    world.admit("a");
    world.controller.configure({ ...settings, queueTtlMs: 2_000 }, at(1));
    assert.equal(world.controller.nextDueMs, 2_000);
    world.controller.configure({ ...settings, queueTtlMs: 7_000 }, at(2));
    assert.equal(world.controller.nextDueMs, 7_000);
  });

  test("place those that wait by the classic rule when queueing goes off", () => {
    const world = new World();
    world.admit("critical", { priority: 1 });
    world.admit("standard");
    world.places.full = true;
    world.controller.configure({ ...settings, queueing: false }, at(1));
    assert.equal(world.label("critical"), "placed");
    assert.equal(world.label("standard"), undefined);
    world.places.full = false;
    world.controller.drain(at(2));
    assert.equal(world.label("standard"), "placed");
  });
});

describe("the classic rule, with queueing off", () => {
  test("always sends Critical to the best server", () => {
    const world = new World({ queueing: false });
    world.places.full = true;
    world.admit("a", { priority: 1 });
    assert.equal(world.label("a"), "placed");
  });

  test("refuses what is not Critical while the pool is saturated, and only then", () => {
    const world = new World({ queueing: false });
    world.admit("served");
    world.places.full = true;
    world.admit("refused");
    assert.equal(world.label("served"), "placed");
    assert.equal(world.label("refused"), "refused-saturated");
  });
});

describe("shutting down", () => {
  test("evicts all and refuses what comes after", () => {
    const world = new World();
    world.admit("waits");
    world.controller.shutDown(at(1));
    world.places.free = 1;
    world.admit("comes", { atMs: 2 });
    assert.equal(world.label("waits"), "evicted-shutting-down");
    assert.equal(world.label("comes"), "refused-shutting-down");
  });
});

describe("statistics", () => {
  test("count each band and each outcome", () => {
    const world = new World({ maxQueuedRequests: 3 });
    world.admit("standard 1", { bytes: 10 });
    world.admit("standard 2", { bytes: 20, atMs: 100 });
    world.admit("critical", { priority: 1, bytes: 5, atMs: 200 });
    world.admit("too many", { atMs: 300 });
    assert.deepEqual(world.controller.stats(at(1_000)), {
      waiting: 3,
      waitingBytes: 35,
      bands: [
        { priority: 1, waiting: 1, bytes: 5, oldestWaitMs: 800 },
        { priority: 0, waiting: 2, bytes: 30, oldestWaitMs: 1_000 },
      ],
      outcomes: { "refused-queue-full": 1 },
    });
  });

  test("say when a refused client may come again, by how fast the queue is served", () => {
    const world = new World();
    for (let i = 0; i < 20; i++) world.admit(`r${i}`);
    assert.equal(world.controller.retryAfterS(at(0)), 60);
    for (let second = 1; second <= 10; second++) {
      world.places.free = 1;
      world.controller.drain(at(second * 1_000));
    }
    assert.equal(world.controller.retryAfterS(at(10_000)), 9);
    world.places.free = 10;
    world.controller.drain(at(10_000));
    assert.equal(world.controller.retryAfterS(at(10_000)), 1);
  });
});
