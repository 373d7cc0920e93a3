import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { PoolSettingsIr } from "../../src/model/ir.ts";
import { FlowController, type Ticket } from "../../src/picker/flow/controller.ts";
import type { Outcome } from "../../src/picker/flow/outcome.ts";
import { Forecast, type Growth } from "../../src/picker/schedule/forecast.ts";
import { Scheduler } from "../../src/picker/schedule/scheduler.ts";
import { LearnedTokens } from "../../src/pool/learned-output.ts";
import { Ledger } from "../../src/pool/ledger.ts";
import type { ModelServer } from "../../src/pool/server.ts";
import { at, makeAsk, makeReading, makeServer } from "../helpers/make-ask.ts";
import { poolSettings } from "../helpers/make-pool.ts";

const steps = fc.integer({ min: 1, max: 40 });
const growth: fc.Arbitrary<Growth> = fc.record({
  startsIn: fc.nat({ max: 30 }),
  tokens: fc.nat({ max: 100 }),
  perStep: fc.integer({ min: 1, max: 3 }),
  steps,
});
const newcomer: fc.Arbitrary<Growth> = growth.map((one) => ({ ...one, startsIn: 0 }));

/** The sum at each end of a step, counted one by one. */
function bruteForcePeak(growths: readonly Growth[], base: number, until: number): number {
  let peak = 0;
  for (let step = 1; step <= until; step++) {
    let sum = base;
    for (const { startsIn, tokens, perStep, steps: length } of growths) {
      if (step > startsIn && step <= startsIn + length) sum += tokens + perStep * (step - startsIn);
    }
    peak = Math.max(peak, sum);
  }
  return peak;
}

describe("a forecast", () => {
  test("finds the peak that counting step by step finds", () => {
    fc.assert(
      fc.property(fc.array(growth, { maxLength: 12 }), newcomer, fc.nat({ max: 50 }), (growths, extra, base) => {
        assert.equal(new Forecast(growths, base).peak(extra), bruteForcePeak([...growths, extra], base, extra.steps));
      }),
    );
  });

  test("finds as many places as counting step by step finds", () => {
    const arbitrary = fc.tuple(fc.array(growth, { maxLength: 8 }), newcomer, fc.option(newcomer, { nil: undefined }));
    fc.assert(
      fc.property(arbitrary, fc.integer({ min: 100, max: 2_000 }), ([growths, copy, extra], room) => {
        const fits = (copies: number): boolean => {
          const all = [...growths, ...(extra === undefined ? [] : [extra]), ...Array<Growth>(copies).fill(copy)];
          return bruteForcePeak(all, 0, copy.steps) <= room;
        };
        const places = new Forecast(growths, 0).places(room, copy, extra);
        assert.ok(places === 0 || fits(places), `${places} do not fit`);
        assert.ok(!fits(places + 1), `one more than ${places} fits`);
      }),
    );
  });
});

type Step =
  | { readonly do: "arrive"; readonly priority: number; readonly bytes: number; readonly limit: number }
  | { readonly do: "cancel" | "end" | "lose"; readonly at: number }
  | { readonly do: "read"; readonly at: number; readonly waiting: number }
  | { readonly do: "state"; readonly at: number; readonly ready: boolean }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "reload"; readonly settings: Partial<PoolSettingsIr> };

const index = fc.nat({ max: 60 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("arrive" as const),
      priority: fc.integer({ min: -1, max: 1 }),
      bytes: fc.nat({ max: 3_000 }),
      limit: fc.integer({ min: 1, max: 3_000 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("cancel" as const, "end" as const, "lose" as const), at: index }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("read" as const), at: index, waiting: fc.nat({ max: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("state" as const), at: index, ready: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat({ max: 3_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("reload" as const),
      settings: fc.record({
        holdBack: fc.constantFrom(0, 0.8),
        queueTtlMs: fc.constantFrom(5_000, 20_000),
        maxConcurrency: fc.constantFrom(0, 2),
        starvationBoundMs: fc.constantFrom(0, 3_000),
        starvationShare: fc.constantFrom(0.1, 0.5),
      }),
    }),
  },
);

const levels = [{ priority: 1 }, { priority: 0 }];

/** Flow control, scheduler and ledger together, wired as the picker wires them. */
class World {
  ms = 1;
  readonly servers: readonly ModelServer[] = [1, 2, 3].map((host) => makeServer(host));
  readonly outcomes: Outcome[][] = [];
  readonly tickets: Ticket[] = [];
  readonly ledger: Ledger;
  readonly flow: FlowController;
  readonly scheduler: Scheduler;
  settings: PoolSettingsIr;
  #ids = 0;

  constructor(admission: "headroom" | "utilization") {
    const server = (address: string): ModelServer =>
      this.servers.find((one) => one.address === address) ?? assert.fail(address);
    this.ledger = new Ledger({ server, onRoom: () => this.wake() }, { leaseMs: 5_000, lackMs: 2_000 });
    const settings = { ...poolSettings, admission, holdBack: 0.8, queueTtlMs: 20_000 };
    this.settings = settings;
    this.scheduler = new Scheduler(
      { ledger: this.ledger, learned: new LearnedTokens(), random: () => 0.5, uniqueId: () => `u${this.#ids++}` },
      { settings, models: levels },
    );
    this.scheduler.setServers(this.servers);
    this.flow = new FlowController({ placer: this.scheduler, settings });
  }

  wake(): void {
    this.scheduler.observe(at(this.ms));
    this.flow.wake(at(this.ms));
  }

  get placed(): readonly string[] {
    return this.outcomes.flat().flatMap((outcome) => (outcome.kind === "placed" ? [outcome.placement.id] : []));
  }

  perform(one: Step): void {
    switch (one.do) {
      case "arrive": {
        const outcomes: Outcome[] = [];
        this.outcomes.push(outcomes);
        const ask = makeAsk(`r${this.#ids++}`, { ...one, outputLimit: one.limit, atMs: this.ms });
        this.tickets.push(this.flow.admit(ask, (outcome) => outcomes.push(outcome), at(this.ms)));
        return;
      }
      case "cancel":
        return this.tickets[one.at]?.cancel(at(this.ms));
      case "end":
        this.ledger.end(this.placed[one.at] ?? "");
        return;
      case "lose": // The end was missed: the lease expires.
        this.ms += 1;
        return;
      case "read":
        return this.read(this.servers[one.at % 3] as ModelServer, one.waiting);
      case "state":
        this.servers[one.at % 3]?.setState(one.ready ? "ready" : "ejected");
        return this.wake();
      case "pass":
        this.ms += one.ms;
        this.ledger.expire(this.ms);
        return this.wake();
      case "reload":
        this.settings = { ...this.settings, ...one.settings };
        this.scheduler.configure({ settings: this.settings, models: levels });
        return this.flow.configure(this.settings, at(this.ms));
      default:
        return one satisfies never;
    }
  }

  read(server: ModelServer, waiting: number): void {
    this.ms += 10;
    server.read(makeReading({ running: server.leases.size, waiting, kvCacheUtil: 0.1 }), this.ms);
    this.ledger.reconcile(server, this.ms);
    this.wake();
  }
}

for (const admission of ["headroom", "utilization"] as const) {
  describe(`flow control, scheduler and ledger together (${admission}), under any course of events,`, () => {
    test("settle each request once, and the ledger returns to zero", () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 100 }), (all) => {
          const world = new World(admission);
          for (const one of all) {
            world.perform(one);
            const charged = world.servers.reduce((sum, { leases }) => sum + leases.size, 0);
            assert.equal(charged, world.ledger.size);
          }
          world.flow.shutDown(at(world.ms));
          for (const outcomes of world.outcomes) assert.equal(outcomes.length, 1);
          for (const id of world.placed) world.ledger.end(id);
          assert.equal(world.ledger.size, 0);
          for (const server of world.servers) {
            assert.equal(server.leases.size, 0);
            assert.deepEqual([...server.priorities], []);
          }
        }),
        { numRuns: 200 },
      );
    });

    test("leave no room to somebody who may have it, and let nobody wait longer than the bound", () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 100 }), (all) => {
          const world = new World(admission);
          for (const one of all) {
            world.perform(one);
            const placed = world.placed.length;
            world.flow.drain(at(world.ms));
            assert.equal(world.placed.length, placed, `after ${one.do} somebody waits beside room`);
            const { bands } = world.flow.stats(at(world.ms));
            // A reading takes 10 ms here, during which a wait may have come to its end.
            for (const { oldestWaitMs } of bands) assert.ok(oldestWaitMs < world.settings.queueTtlMs + 10);
          }
        }),
        { numRuns: 200 },
      );
    });

    test("let nobody wait for ever: once servers are ready and idle, all are served", () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (all) => {
          const world = new World(admission);
          for (const one of all) world.perform(one);
          for (const server of world.servers) server.setState("ready");
          for (let i = 0; i < 2_000 && world.flow.head !== undefined; i++) {
            for (const id of world.placed) world.ledger.end(id);
            for (const server of world.servers) world.read(server, 0);
          }
          assert.equal(world.flow.head, undefined);
          const left = world.outcomes.filter((outcomes) => outcomes.length !== 1);
          assert.equal(left.length, 0);
        }),
        { numRuns: 100 },
      );
    });
  });
}
