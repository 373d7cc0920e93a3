import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { IndexedHeap } from "../../src/lib/indexed-heap.ts";
import type { Ask } from "../../src/picker/flow/ask.ts";
import { FlowController, type Ticket } from "../../src/picker/flow/controller.ts";
import type { Outcome } from "../../src/picker/flow/outcome.ts";
import type { FlowSettings, Placer } from "../../src/picker/flow/ports.ts";
import type { Placement } from "../../src/picker/schedule/placement.ts";
import { at, makeAsk } from "../helpers/make-ask.ts";

const settings: FlowSettings = {
  queueing: true,
  queueTtlMs: 0,
  maxDeadlineMs: 0,
  starvationBoundMs: 0,
  starvationShare: 0.1,
  maxQueuedRequests: 6,
  maxQueuedBytes: 5_000,
  waitForEndpointsMs: 0,
};

const id = fc.integer({ min: 0, max: 30 });
const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("arrive" as const),
      ago: fc.nat({ max: 50 }),
      priority: fc.integer({ min: -1, max: 1 }),
      bytes: fc.nat({ max: 1_500 }),
      routeTimeoutMs: fc.constantFrom(0, 200),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("replay" as const), id }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cancel" as const), id }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("release" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat({ max: 200 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("endpoints" as const), has: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("configure" as const),
      queueTtlMs: fc.constantFrom(0, 100),
      queueing: fc.boolean(),
      maxQueuedRequests: fc.integer({ min: 1, max: 10 }),
      waitForEndpointsMs: fc.constantFrom(0, 50),
    }),
  },
);

interface Request {
  readonly ask: Ask;
  readonly ticket: Ticket;
  outcomes: Outcome[];
}

/** A placer with so many places, and every request that it was asked to place. */
class World implements Placer {
  free = 2;
  ms = 1_000;
  readonly controller = new FlowController({ placer: this, settings });
  readonly requests: Request[] = [];
  readonly placed: Ask[] = [];

  place(ask: Ask): Placement | undefined {
    return this.free === 0 ? undefined : this.placeAnyway(ask);
  }

  placeAnyway(ask: Ask): Placement {
    this.free = Math.max(0, this.free - 1);
    this.placed.push(ask);
    return { id: `${this.placed.length}`, endpoints: ["10.0.0.1:8000"] };
  }

  saturated(): boolean {
    return this.free === 0;
  }

  admit(ask: Ask): void {
    const outcomes: Outcome[] = [];
    const ticket = this.controller.admit(ask, (outcome) => outcomes.push(outcome), at(this.ms));
    this.requests.push({ ask, ticket, outcomes });
  }

  get waiting(): readonly Request[] {
    return this.requests.filter(({ outcomes }) => outcomes.length === 0);
  }
}

function perform(world: World, step: typeof operation extends fc.Arbitrary<infer T> ? T : never): void {
  const { controller, requests } = world;
  switch (step.do) {
    case "arrive": {
      const { ago, priority, bytes, routeTimeoutMs } = step;
      return world.admit(makeAsk(`r${requests.length}`, { atMs: world.ms - ago, priority, bytes, routeTimeoutMs }));
    }
    case "replay": {
      const request = requests[step.id];
      return request && world.admit(request.ask);
    }
    case "cancel":
      return requests[step.id]?.ticket.cancel(at(world.ms));
    case "release":
      world.free++;
      return controller.drain(at(world.ms));
    case "pass":
      world.ms += step.ms;
      return controller.wake(at(world.ms));
    case "endpoints":
      return controller.setHasEndpoints(step.has, at(world.ms));
    case "configure":
      return controller.configure({ ...settings, ...step }, at(world.ms));
    default:
      return step satisfies never;
  }
}

describe("flow control, under any course of events,", () => {
  test("settles each request at most once, counts what waits, and leaves no room unused", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), (steps) => {
        const world = new World();
        for (const step of steps) {
          perform(world, step);
          const { waiting, waitingBytes } = world.controller.stats(at(world.ms));
          assert.ok(world.requests.every(({ outcomes }) => outcomes.length <= 1));
          assert.equal(waiting, world.waiting.length);
          assert.equal(
            waitingBytes,
            world.waiting.reduce((sum, { ask }) => sum + ask.bytes, 0),
          );
          assert.ok(world.free === 0 || waiting === 0, "somebody waits while there is room");
          assert.ok(waiting === 0 || world.controller.nextDueMs !== undefined, "somebody waits without end");
        }
        world.controller.shutDown(at(world.ms));
        assert.deepEqual(
          world.requests.map(({ outcomes }) => outcomes.length),
          world.requests.map(() => 1),
        );
        assert.equal(world.controller.stats(at(world.ms)).waiting, 0);
        assert.equal(world.controller.nextDueMs, undefined);
      }),
      { numRuns: 300 },
    );
  });

  test("places the highest level first, and in it the oldest", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), (steps) => {
        const world = new World();
        world.free = 0;
        for (const step of steps) if (step.do === "arrive" || step.do === "cancel") perform(world, step);
        const expected = world.waiting
          .map(({ ask }) => ask)
          .toSorted((a, b) => b.priority - a.priority || a.requestTimeMs - b.requestTimeMs);
        world.free = 100;
        world.controller.drain(at(world.ms));
        assert.deepEqual(world.placed, expected);
      }),
      { numRuns: 200 },
    );
  });
});

describe("an indexed heap", () => {
  test("gives what was not deleted in order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer()), fc.array(fc.nat()), (values, picks) => {
        const heap = new IndexedHeap<number>((a, b) => a - b);
        for (const value of values) heap.push(value);
        const deleted = new Set(picks.map((pick) => values[pick % Math.max(1, values.length)]));
        for (const value of deleted) if (value !== undefined) assert.ok(heap.delete(value));
        const taken: number[] = [];
        for (let first = heap.peek(); first !== undefined; first = heap.peek()) {
          taken.push(first);
          heap.delete(first);
        }
        const expected = values.filter((value) => !deleted.has(value)).toSorted((a, b) => a - b);
        assert.deepEqual(taken, expected);
        assert.equal(heap.size, 0);
      }),
    );
  });

  test("refuses a value that it has", () => {
    const heap = new IndexedHeap<number>((a, b) => a - b);
    heap.push(1);
    assert.throws(() => heap.push(1), /has it already/);
    assert.equal(heap.delete(2), false);
  });
});
