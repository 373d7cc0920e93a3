import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Ledger } from "../../../src/pool/ledger.ts";
import { formatPlacementId } from "../../../src/pool/ledger-placement-id.ts";
import { ModelServer } from "../../../src/pool/server.ts";
import { at, makeCharge, makeReading, wallStartMs } from "../../helpers/make-ask.ts";

class World {
  readonly servers = new Map<string, ModelServer>();
  readonly woken: string[] = [];
  readonly ledger = new Ledger(
    {
      server: (address) => this.server(address),
      onRoom: (server) => {
        this.woken.push(server.address);
      },
    },
    { leaseMs: 30_000, lackMs: 5_000 },
  );

  server(address: string): ModelServer {
    const known = this.servers.get(address) ?? new ModelServer(address);
    this.servers.set(address, known);
    return known;
  }
}

const [a, b] = ["10.0.0.1:8000", "10.0.0.2:8000"];

describe("the ledger", () => {
  test("charges a server until the request ends, and wakes whoever waits", () => {
    const world = new World();
    world.ledger.charge(world.server(a), makeCharge("p", { priority: 1 }), 0);
    assert.equal(world.server(a).inFlight(1), 1);
    assert.equal(world.server(a).unstarted, 1);
    assert.deepEqual(world.woken, []);
    assert.equal(world.ledger.end("p")?.address, a);
    assert.equal(world.server(a).inFlight(1), 0);
    assert.equal(world.server(a).unstarted, 0);
    assert.equal(world.ledger.size, 0);
    assert.deepEqual(world.woken, [a]);
  });

  test("releases once: a second end is no end", () => {
    const world = new World();
    world.ledger.charge(world.server(a), makeCharge("p"), 0);
    world.ledger.end("p");
    assert.equal(world.ledger.end("p"), undefined);
    assert.deepEqual(world.woken, [a]);
  });

  test("does not charge a placement twice", () => {
    const world = new World();
    world.ledger.charge(world.server(a), makeCharge("p"), 0);
    assert.throws(() => world.ledger.charge(world.server(b), makeCharge("p"), 0), /Cannot charge placement "p"/);
  });

  test("moves the charge to the server that serves", () => {
    const world = new World();
    world.ledger.charge(world.server(a), makeCharge("p"), 0);
    world.ledger.running("p", b, at(100));
    assert.equal(world.server(a).leases.size, 0);
    assert.equal(world.server(b).leases.size, 1);
    assert.deepEqual(world.woken, [a]);
    assert.equal(world.ledger.end("p")?.address, b);
    assert.equal(world.ledger.size, 0);
  });

  test("ends a lease that nothing renews, and no other", () => {
    const world = new World();
    world.ledger.charge(world.server(a), makeCharge("old"), 0);
    world.ledger.charge(world.server(a), makeCharge("renewed"), 0);
    world.ledger.charge(world.server(a), makeCharge("young"), 10_000);
    world.ledger.running("renewed", a, at(20_000));
    assert.deepEqual(world.ledger.expire(29_999), []);
    assert.deepEqual(
      world.ledger.expire(30_000).map(({ id }) => id),
      ["old"],
    );
    assert.deepEqual(
      world.ledger.expire(40_000).map(({ id }) => id),
      ["young"],
    );
    assert.equal(world.ledger.size, 1);
  });

  test("learns from a periodic entry what another life of the picker placed", () => {
    const world = new World();
    world.server(a).read(makeReading({ running: 1, generationTokensTotal: 0 }), 0);
    world.server(a).read(makeReading({ running: 1, generationTokensTotal: 20 }), 1_000);
    const { id: _, ...charge } = makeCharge("", { outputTokens: 300, priority: 1 });
    const id = formatPlacementId("u1", charge, wallStartMs - 2_000);
    world.ledger.running(id, a, at(1_000));
    const lease = world.ledger.get(id);
    assert.equal(lease?.outputTokens, 300);
    assert.equal(world.server(a).inFlight(1), 1);
    assert.equal(world.server(a).producedTokens(lease ?? assert.fail(), 1_000), 60);
    assert.equal(world.ledger.end(id)?.id, id);
  });

  test("takes no stranger's placement for one of its own", () => {
    const world = new World();
    for (const id of ["", "x", "u.1.2", "u.1.2.3.4.5.6.x.m"]) world.ledger.running(id, a, at(0));
    assert.equal(world.ledger.size, 0);
  });
});

describe("readings that lack a request", () => {
  test("end its lease when they go on for long enough", () => {
    const world = new World();
    const server = world.server(a);
    for (const id of ["first", "second", "third"]) world.ledger.charge(server, makeCharge(id), 0);
    const readAt = (ms: number, running: number): readonly string[] => {
      server.read(makeReading({ running }), ms);
      return world.ledger.reconcile(server, ms).map(({ id }) => id);
    };
    assert.deepEqual(readAt(2_000, 2), []);
    assert.deepEqual(readAt(4_000, 1), []);
    assert.deepEqual(readAt(6_999, 1), []);
    assert.deepEqual(readAt(7_000, 1), ["first"], "the least that was lacking all the time");
    assert.equal(world.ledger.size, 2);
    assert.deepEqual(world.woken, [a]);
  });

  test("end nothing when one in between shows it", () => {
    const world = new World();
    const server = world.server(a);
    world.ledger.charge(server, makeCharge("p"), 0);
    for (const [ms, running] of [
      [2_000, 0],
      [4_000, 1],
      [6_000, 0],
      [8_000, 0],
    ] as const) {
      server.read(makeReading({ running }), ms);
      assert.deepEqual(world.ledger.reconcile(server, ms), []);
    }
  });

  test("do not count for a request that may still be on its way", () => {
    const world = new World();
    const server = world.server(a);
    for (let ms = 0; ms < 20_000; ms += 500) {
      world.ledger.charge(server, makeCharge(`p${ms}`), ms);
      server.read(makeReading({ running: 0 }), ms + 100);
      assert.deepEqual(world.ledger.reconcile(server, ms + 100), []);
      world.ledger.end(`p${ms}`);
    }
  });
});
