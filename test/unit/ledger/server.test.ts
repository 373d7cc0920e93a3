import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Lease } from "../../../src/pool/ledger-lease.ts";
import type { ModelServer } from "../../../src/pool/server.ts";
import { makeCharge, makeReading, makeServer } from "../../helpers/make-ask.ts";

function charge(server: ModelServer, id: string, atMs: number, change: Partial<Lease> = {}): Lease {
  const lease = { ...makeCharge(id), address: server.address, chargedAtMs: atMs, startedAtToken: undefined, ...change };
  server.add(lease);
  return lease;
}

describe("a model server", () => {
  test("has started what a later reading does not show as waiting, first come first", () => {
    const server = makeServer();
    const leases = ["a", "b", "c"].map((id, i) => charge(server, id, 10 + i));
    server.read(makeReading({ running: 1, waiting: 2 }), 50);
    assert.deepEqual(
      leases.map(({ startedAtToken }) => startedAtToken !== undefined),
      [true, false, false],
    );
    assert.equal(server.unstarted, 2);
  });

  test("has not started what was sent after the reading was asked for", () => {
    const server = makeServer();
    charge(server, "a", 60);
    server.read(makeReading({ running: 0, waiting: 0 }), 50);
    assert.equal(server.unstarted, 1);
  });

  test("shows at least what its own queue shows", () => {
    const server = makeServer(1, makeReading({ waiting: 9 }));
    assert.equal(server.unstarted, 9);
  });

  test("tells the progress of each request by its counter, and goes on between readings", () => {
    const server = makeServer(1, makeReading({ generationTokensTotal: 1_000 }));
    const lease = charge(server, "a", 10);
    server.read(makeReading({ running: 2, generationTokensTotal: 1_000 }), 1_000);
    server.read(makeReading({ running: 2, generationTokensTotal: 1_040 }), 2_000);
    assert.equal(server.producedTokens(lease, 2_000), 20);
    assert.equal(server.producedTokens(lease, 2_500), 30);
  });

  test("does not count backwards when its counter starts anew", () => {
    const server = makeServer(1, makeReading({ running: 1, generationTokensTotal: 1_000 }));
    const lease = charge(server, "a", 10);
    server.read(makeReading({ running: 1, generationTokensTotal: 1_000 }), 100);
    server.read(makeReading({ running: 1, generationTokensTotal: 5 }), 200);
    assert.equal(server.producedTokens(lease, 200), 0);
  });

  test("never has produced more than the limit", () => {
    const server = makeServer(1, makeReading({ running: 1, generationTokensTotal: 0 }));
    const lease = charge(server, "a", 10, { outputLimit: 7 });
    server.read(makeReading({ running: 1, generationTokensTotal: 0 }), 100);
    server.read(makeReading({ running: 1, generationTokensTotal: 500 }), 200);
    assert.equal(server.producedTokens(lease, 200), 7);
  });

  test("takes what a reading shows beyond the leases for somebody else's load", () => {
    const server = makeServer();
    charge(server, "a", 10);
    server.read(makeReading({ running: 2, kvCacheUtil: 0.5, generationTokensTotal: 0 }), 50);
    assert.equal(server.foreignTokens, 800 - 100);
    server.read(makeReading({ running: 0, kvCacheUtil: 0.5, generationTokensTotal: 0 }), 100);
    assert.equal(server.foreignTokens, 0, "what an idle server keeps is a cache that gives way");
  });

  test("takes no answer that grows for somebody else's load where nothing tells how far it is", () => {
    const server = makeServer();
    charge(server, "a", 10);
    server.read(makeReading({ running: 1, kvCacheUtil: 0.125 }), 50);
    assert.equal(server.foreignTokens, 0);
    server.read(makeReading({ running: 2, kvCacheUtil: 0.5 }), 60);
    assert.equal(server.foreignTokens, 800 - 100 - 100);
  });

  test("says how many prompt tokens a newcomer would wait for", () => {
    const server = makeServer(1, makeReading({ promptTokensTotal: 0 }));
    charge(server, "a", 10, { promptTokens: 1_000 });
    charge(server, "b", 11, { promptTokens: 500 });
    assert.equal(server.promptTokensAhead, 1_500);
    server.read(makeReading({ running: 1, waiting: 1, promptTokensTotal: 0 }), 50);
    assert.equal(server.promptTokensAhead, 1_500);
    server.read(makeReading({ running: 2, waiting: 0, promptTokensTotal: 980 }), 100);
    assert.equal(server.promptTokensAhead, 500);
    server.read(makeReading({ running: 2, waiting: 0, promptTokensTotal: 1_480 }), 150);
    assert.equal(server.promptTokensAhead, 0);
  });

  test("gets a window that doubles while all is started, and halves while some waits", () => {
    const server = makeServer();
    const first = server.startWindow;
    for (let i = 0; i < first; i++) charge(server, `a${i}`, 10);
    server.read(makeReading({ running: first }), 50);
    assert.equal(server.startWindow, 2 * first);
    server.read(makeReading({ running: first }), 100);
    assert.equal(server.startWindow, 2 * first, "unused, it stays");
    server.read(makeReading({ running: first, waiting: 1 }), 150);
    assert.equal(server.startWindow, first);
    for (let i = 0; i < 10; i++) server.read(makeReading({ running: first, waiting: 1 }), 200 + i);
    assert.equal(server.startWindow, 1);
  });

  test("counts its changes", () => {
    const server = makeServer();
    const before = server.revision;
    const lease = charge(server, "a", 10);
    server.read(makeReading(), 50);
    server.remove(lease);
    server.setState("draining");
    assert.equal(server.revision, before + 4);
    server.setState("draining");
    server.remove(lease);
    assert.equal(server.revision, before + 4);
  });
});
