import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Scheduler, type ScheduleSettings } from "../../../src/picker/schedule/scheduler.ts";
import { LearnedTokens } from "../../../src/pool/learned-output.ts";
import { Ledger } from "../../../src/pool/ledger.ts";
import type { ModelServer } from "../../../src/pool/server.ts";
import { at, makeAsk, makeCharge, makeReading, makeServer } from "../../helpers/make-ask.ts";
import { poolSettings } from "../../helpers/make-pool.ts";

/** A server has 1,600 tokens; a request 100 of prompt and 100 of output, unless it says otherwise. */
class World {
  readonly ledger: Ledger;
  readonly scheduler: Scheduler;
  readonly servers: readonly ModelServer[];
  #ids = 0;

  constructor(servers: readonly ModelServer[], change: Partial<ScheduleSettings> = {}, levels: readonly number[] = []) {
    this.servers = servers;
    const server = (address: string): ModelServer =>
      servers.find((one) => one.address === address) ?? assert.fail(`no server ${address}`);
    this.ledger = new Ledger({ server, onRoom() {} }, { leaseMs: 60_000, lackMs: 5_000 });
    this.scheduler = new Scheduler(
      { ledger: this.ledger, learned: new LearnedTokens(), random: () => 0.5, uniqueId: () => `u${this.#ids++}` },
      { settings: { ...poolSettings, ...change }, models: levels.map((priority) => ({ priority })) },
    );
    this.scheduler.setServers(servers);
  }

  place(ask: Parameters<typeof makeAsk>[1] = {}, ms = 1): readonly string[] | undefined {
    return this.scheduler.place(makeAsk("r", { outputLimit: 100, ...ask }), at(ms))?.endpoints;
  }

  /** Readings that show all that was sent as running. */
  readAll(ms: number): void {
    for (const server of this.servers) server.read(makeReading({ running: server.leases.size }), ms);
  }

  /** How many requests are placed, with readings in between. */
  fill(ask: Parameters<typeof makeAsk>[1] = {}, fromMs = 1): number {
    for (let placed = 0; placed < 1_000; placed++) {
      if (this.place(ask, fromMs + placed * 10) === undefined) return placed;
      this.readAll(fromMs + placed * 10 + 5);
    }
    return assert.fail("without end");
  }
}

describe("the scheduler", () => {
  test("charges the server that it picks, in the same step", () => {
    const world = new World([makeServer(1)]);
    assert.deepEqual(world.place(), ["10.0.0.1:8000"]);
    assert.equal(world.ledger.size, 1);
    assert.equal(world.servers[0]?.leases.size, 1);
  });

  test("names a second server for a retry", () => {
    const world = new World([makeServer(1), makeServer(2), makeServer(3)]);
    assert.equal(world.place()?.length, 2);
    assert.equal(new Set(world.place()).size, 2);
  });

  for (const fallbacks of [0, 2, 5]) {
    test(`names as many as the pool says, ${fallbacks}, each once, and no more than are able to serve`, () => {
      const world = new World([makeServer(1), makeServer(2), makeServer(3), makeServer(4)], { fallbacks });
      world.servers[3]?.setState("ejected");
      const endpoints = world.place() ?? [];
      assert.equal(endpoints.length, Math.min(3, 1 + fallbacks));
      assert.equal(new Set(endpoints).size, endpoints.length);
      assert.ok(!endpoints.includes("10.0.0.4:8000"));
    });
  }

  test("names those with room before those without", () => {
    const world = new World([makeServer(1), makeServer(2), makeServer(3)], { fallbacks: 2 });
    world.ledger.charge(world.servers[0] ?? assert.fail(), makeCharge("x", { promptTokens: 1_600 }), 0);
    assert.equal(world.place()?.[2], "10.0.0.1:8000");
  });

  test("spreads requests that come at once", () => {
    const servers = [1, 2, 3, 4].map((host) => makeServer(host));
    const world = new World(servers);
    for (let i = 0; i < 4; i++) world.place();
    assert.deepEqual(
      servers.map(({ leases }) => leases.size),
      [1, 1, 1, 1],
    );
  });

  for (const state of ["unread", "not-programmed", "ejected", "not-ready", "draining"] as const) {
    test(`gives nothing to a server that is ${state}`, () => {
      const server = makeServer(1);
      server.setState(state);
      const world = new World([server]);
      assert.equal(world.place(), undefined);
      assert.equal(world.scheduler.placeAnyway(makeAsk("r"), at(1)), undefined);
      assert.equal(world.scheduler.saturated(at(1)), true);
    });
  }

  test("prefers the server that has the adapter", () => {
    const adapters = { running: ["helper"], waiting: [], max: 2 };
    const world = new World([
      makeServer(1, makeReading({ adapters: { ...adapters, running: [] } })),
      makeServer(2, makeReading({ adapters })),
    ]);
    assert.equal(world.place({ target: "helper" })?.[0], "10.0.0.2:8000");
  });

  test("prefers the emptier cache", () => {
    const world = new World([makeServer(1, makeReading({ running: 4, kvCacheUtil: 0.5 })), makeServer(2)]);
    assert.equal(world.place()?.[0], "10.0.0.2:8000");
  });

  test("follows settings that change", () => {
    const world = new World([makeServer(1, makeReading({ kvCacheUtil: 0.85, running: 2 }))], {
      admission: "utilization",
    });
    assert.equal(world.place(), undefined);
    world.scheduler.configure({
      settings: { ...poolSettings, admission: "utilization", kvCacheUtilThreshold: 0.9 },
      models: [],
    });
    assert.notEqual(world.place(), undefined);
  });
});

describe("headroom", () => {
  test("admits by the coming peak, not by the cache in use now", () => {
    const world = new World([makeServer(1)]);
    // Each holds 100 at first and 200 at its end, and the last block of each is half full.
    assert.equal(world.fill(), 7);
  });

  test("admits more where the answers are short", () => {
    assert.ok(new World([makeServer(1)]).fill({ outputLimit: 10 }) > 10);
  });

  test("gives a request that is larger than any room to an idle server, and to no other", () => {
    const world = new World([makeServer(1), makeServer(2)], { holdBack: 0.8 }, [1, 0]);
    const huge = { outputLimit: 100_000 };
    assert.notEqual(world.place(huge, 100_000), undefined);
    world.readAll(100_001);
    assert.notEqual(world.place(huge, 100_002), undefined);
    world.readAll(100_003);
    assert.equal(world.place(huge, 100_004), undefined);
  });

  test("keeps nothing of a single place for a higher level", () => {
    const world = new World([makeServer(1)], { holdBack: 0.8, maxConcurrency: 1 }, [1, 0]);
    assert.notEqual(world.place({ priority: 0 }), undefined);
  });

  test("expects an unknown higher level once, while lower ones wait, and not anew after each end", () => {
    const world = new World([makeServer(1)], { holdBack: 0.8, maxConcurrency: 2 }, [1, 0]);
    const standard = { priority: 0 };
    world.place(standard, 0);
    assert.equal(world.place(standard, 1), undefined);
    for (let ms = 10_000; ms < 12_000; ms += 200) {
      for (const id of [...(world.servers[0]?.leases.keys() ?? [])]) world.ledger.end(id);
      world.readAll(ms);
      world.scheduler.observe(at(ms));
      assert.notEqual(world.place(standard, ms + 1), undefined, `at ${ms} ms`);
      world.readAll(ms + 2);
      world.place(standard, ms + 3);
      assert.equal(world.place(standard, ms + 4), undefined);
    }
    assert.equal(world.servers[0]?.leases.size, 2);
  });

  test("counts somebody else's load", () => {
    const world = new World([makeServer(1, makeReading({ running: 4, kvCacheUtil: 0.8 }))]);
    assert.notEqual(world.place(), undefined);
    assert.equal(world.place(), undefined);
  });

  test("sends no more than the server starts between two readings", () => {
    const world = new World([makeServer(1)]);
    const before = [world.place(), world.place(), world.place()];
    assert.deepEqual(
      before.map((endpoints) => endpoints !== undefined),
      [true, true, false],
    );
    world.servers[0]?.read(makeReading({ running: 1, waiting: 1 }), 50);
    assert.equal(world.place({}, 51), undefined);
    world.servers[0]?.read(makeReading({ running: 2, waiting: 0 }), 100);
    assert.notEqual(world.place({}, 101), undefined);
  });
});

describe("what is held back", () => {
  const levels = [1, 0];

  test("is nothing where no level is higher", () => {
    const [with_, without] = [0.8, 0].map((holdBack) => new World([makeServer(1)], { holdBack }, [0]).fill());
    assert.equal(with_, without);
  });

  test("is nothing for the highest level", () => {
    const [with_, without] = [0.8, 0].map((holdBack) =>
      new World([makeServer(1)], { holdBack }, levels).fill({ priority: 1 }),
    );
    assert.equal(with_, without);
  });

  test("is the share, of a pool that was idle, for a level of which nothing is known; it fades within seconds", () => {
    const world = new World([makeServer(1), makeServer(2)], { holdBack: 0.8 }, levels);
    const first = world.fill({}, 1_000);
    assert.ok(first >= 1 && first <= 4, `${first} at first`);
    assert.ok(world.fill({}, 30_000) + first >= 10, "the rest later");
  });

  test("is what the higher level lately had in flight and has not", () => {
    const world = new World([makeServer(1), makeServer(2)], { holdBack: 1 }, levels);
    const critical = world.fill({ priority: 1 });
    const ids = world.servers.flatMap(({ leases }) => [...leases.keys()]);
    for (const id of ids) world.ledger.end(id);
    world.readAll(1_000);
    assert.equal(world.place({ priority: 0 }, 1_001), undefined);
    assert.equal(world.fill({ priority: 1 }, 1_002), critical);
  });

  test("is given away where the higher level does not come back", () => {
    const world = new World([makeServer(1), makeServer(2)], { holdBack: 1 }, levels);
    world.fill({ priority: 1 });
    world.place({ priority: 0 });
    const critical = world.servers.flatMap(({ leases }) => [...leases.values()]).slice(1);
    for (const { id } of critical) world.ledger.end(id);
    world.scheduler.observe(at(20_000));
    world.readAll(400_000);
    assert.ok(world.fill({ priority: 0 }, 400_001) >= 10);
  });

  test("keeps no request from a server whose room is not known", () => {
    const world = new World([makeServer(1, makeReading({ cache: undefined as never }))], { holdBack: 1 }, levels);
    assert.notEqual(world.place({ priority: 0 }), undefined);
  });
});

describe("saturation, for the classic rule", () => {
  test("is when no server is under the thresholds", () => {
    const [busy, free] = [makeServer(1, makeReading({ waiting: 6 })), makeServer(2)];
    assert.equal(new World([busy]).scheduler.saturated(at(1)), true);
    assert.equal(new World([busy, free]).scheduler.saturated(at(1)), false);
  });

  test("does not keep Critical from the best server", () => {
    const world = new World([makeServer(1, makeReading({ waiting: 9 })), makeServer(2, makeReading({ waiting: 6 }))]);
    assert.equal(world.scheduler.placeAnyway(makeAsk("r"), at(1))?.endpoints[0], "10.0.0.2:8000");
  });
});
