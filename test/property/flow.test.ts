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
      ttlMs: fc.constantFrom(undefined, 150, 400),
      flow: fc.constantFrom("a", "b", "c"),
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
      maxDeadlineMs: fc.constantFrom(0, 300),
      starvationBoundMs: fc.constantFrom(0, 60),
      starvationShare: fc.constantFrom(0.1, 0.5),
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
  settings = settings;
  /** Room is held back from priorities under 0, except from who has waited too long. */
  heldBack = false;
  ahead = 0;
  readonly controller = new FlowController({ placer: this, settings, cost: ({ bytes }) => bytes });
  readonly requests: Request[] = [];
  readonly placed: Ask[] = [];

  place(ask: Ask, _now: unknown, ahead = false): Placement | undefined {
    if (this.free === 0 || (this.heldBack && ask.priority < 0 && !ahead)) return undefined;
    if (ahead) this.ahead++;
    return this.placeAnyway(ask);
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
      const { ago, ttlMs, do: _, ...ask } = step;
      const ttl = ttlMs === undefined ? {} : { ttlMs };
      return world.admit(makeAsk(`r${requests.length}`, { atMs: world.ms - ago, ...ask, ...ttl }));
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
      world.settings = { ...settings, ...step };
      return controller.configure(world.settings, at(world.ms));
    default:
      return step satisfies never;
  }
}

/** How long a request may wait at most. */
function boundMs({ ttlMs, routeTimeoutMs }: Ask, { queueTtlMs, maxDeadlineMs }: FlowSettings): number {
  const mostMs = maxDeadlineMs > 0 ? maxDeadlineMs : queueTtlMs;
  const limits = [routeTimeoutMs, ttlMs === undefined ? queueTtlMs : ttlMs, ttlMs === undefined ? 0 : mostMs];
  return Math.min(59 * 60_000, ...limits.filter((ms) => ms > 0));
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
          for (const { ask } of world.waiting) {
            const waitedMs = at(world.ms).wallMs - ask.requestTimeMs;
            assert.ok(waitedMs < boundMs(ask, world.settings), `${ask.id} has waited ${waitedMs} ms`);
          }
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

  test("serves whom room is held back from once they starve, and of all placements no more so than their share", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120 }), fc.constantFrom(0.1, 0.25, 1), (steps, starvationShare) => {
        const world = new World();
        world.heldBack = true;
        world.settings = { ...settings, maxQueuedRequests: 1_000, starvationBoundMs: 60, starvationShare };
        world.controller.configure(world.settings, at(world.ms));
        let placedBefore = 0;
        for (const step of steps) {
          if (step.do === "configure" || step.do === "endpoints") continue;
          perform(world, step);
          // Timers fire when they are due.
          const dueMs = world.controller.nextDueMs;
          if (dueMs !== undefined && dueMs <= world.ms) world.controller.wake(at(world.ms));
          const unheld = world.waiting.filter(({ ask }) => ask.priority >= 0);
          assert.ok(world.free === 0 || unheld.length === 0, "somebody waits while there is room for them");
          assert.ok(world.ahead <= 1 + starvationShare * world.placed.length + 1e-6, "more than their share");
          const starving = world.waiting.some(({ ask }) => at(world.ms).wallMs - ask.requestTimeMs >= 60);
          const moved = world.placed.length > placedBefore;
          placedBefore = world.placed.length;
          if (starvationShare === 1) assert.ok(world.free === 0 || !starving || moved, "somebody starves beside room");
        }
      }),
      { numRuns: 300 },
    );
  });

  test("places the highest level first, and in it the oldest", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), (steps) => {
        const world = new World();
        world.free = 0;
        for (const step of steps) {
          if (step.do === "arrive") perform(world, { ...step, flow: "a" });
          else if (step.do === "cancel") perform(world, step);
        }
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
