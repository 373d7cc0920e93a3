/** What is told of a decision is the decision: over random servers, loads and asks. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Placement } from "../../src/picker/schedule/placement.ts";
import { Scheduler } from "../../src/picker/schedule/scheduler.ts";
import { LearnedTokens } from "../../src/pool/learned-output.ts";
import { Ledger } from "../../src/pool/ledger.ts";
import type { ModelServer, ServerState } from "../../src/pool/server.ts";
import { seededRandom } from "../../src/sim/load/random.ts";
import { at, makeAsk, makeReading, makeServer } from "../helpers/make-ask.ts";
import { poolSettings } from "../helpers/make-pool.ts";

const states: readonly ServerState[] = ["ready", "ready", "ready", "unread", "ejected", "draining"];

const world = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  admission: fc.constantFrom("headroom" as const, "utilization" as const),
  holdBack: fc.constantFrom(0, 0.5, 0.9),
  servers: fc.array(
    fc.record({
      state: fc.constantFrom(...states),
      waiting: fc.integer({ min: 0, max: 8 }),
      running: fc.integer({ min: 0, max: 20 }),
      kvCacheUtil: fc.double({ min: 0, max: 1, noNaN: true }),
      adapter: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  asks: fc.array(
    fc.record({
      priority: fc.integer({ min: -1, max: 1 }),
      bytes: fc.integer({ min: 4, max: 8_000 }),
      outputLimit: fc.integer({ min: 1, max: 900 }),
      adapter: fc.boolean(),
      anyway: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  ),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** Places all asks in turn; `before` sees the servers as they were before each. */
function run(given: World, sampled: boolean, before: (servers: readonly ModelServer[]) => void = () => {}) {
  const servers = given.servers.map(({ state, adapter, ...reading }, host) => {
    const adapters = { running: adapter ? ["lora"] : [], waiting: [], max: 2 };
    const server = makeServer(host + 1, makeReading({ ...reading, adapters }));
    server.setState(state);
    return server;
  });
  const server = (address: string): ModelServer => servers.find((one) => one.address === address) ?? makeServer(99);
  const ledger = new Ledger({ server, onRoom() {} }, { leaseMs: 60_000, lackMs: 5_000 });
  let ids = 0;
  const scheduler = new Scheduler(
    {
      ledger,
      learned: new LearnedTokens(),
      random: seededRandom(given.seed),
      uniqueId: () => `u${ids++}`,
      isSampled: () => sampled,
    },
    {
      settings: { ...poolSettings, admission: given.admission, holdBack: given.holdBack },
      models: [{ priority: 1 }, { priority: 0 }],
    },
  );
  scheduler.setServers(servers);
  return given.asks.map(({ adapter, anyway, ...ask }, index): Placement | undefined => {
    before(servers);
    const asked = makeAsk(`r${index}`, { ...ask, target: adapter ? "lora" : "m" });
    const now = at(index * 10 + 1);
    return anyway ? scheduler.placeAnyway(asked, now) : scheduler.place(asked, now);
  });
}

describe("an explained decision", () => {
  it("names the servers that were really picked, and scores them best", () => {
    fc.assert(
      fc.property(world, (given) => {
        for (const placement of run(given, true)) {
          if (placement === undefined) continue;
          const { endpoints, explanation } = placement;
          assert.ok(explanation !== undefined);
          const [pick, ...retries] = endpoints;
          const byVerdict = Object.groupBy(explanation.servers, ({ verdict }) => verdict);
          assert.deepEqual(
            byVerdict.picked?.map(({ address }) => address),
            [pick],
          );
          assert.deepEqual(new Set((byVerdict.fallback ?? []).map(({ address }) => address)), new Set(retries));
          const best = byVerdict.picked?.[0]?.score ?? Number.NaN;
          for (const { verdict, score, scores } of explanation.servers) {
            if (score === undefined) continue;
            assert.ok(score <= best, `${verdict} has ${score}, the pick ${best}`);
            const sum = Object.values(scores ?? {}).reduce((total, one) => total + one, 0);
            assert.ok(Math.abs(sum - score) < 1e-9);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("tells of every server of the pool once, with the state and load that it had", () => {
    fc.assert(
      fc.property(world, (given) => {
        const inFlight: ReadonlyMap<string, number>[] = [];
        const placements = run(given, true, (servers) =>
          inFlight.push(new Map(servers.map(({ address, leases }) => [address, leases.size]))),
        );
        placements.forEach((placement, index) => {
          if (placement?.explanation === undefined) return;
          const { servers } = placement.explanation;
          assert.equal(servers.length, given.servers.length);
          for (const { address, verdict, inFlight: told } of servers) {
            assert.equal(told, inFlight[index]?.get(address));
            const state = given.servers[Number(address.split(".")[3]?.split(":")[0]) - 1]?.state;
            if (state !== "ready") assert.equal(verdict, state);
          }
        });
      }),
      { numRuns: 200 },
    );
  });

  it("is decided as one that nobody explains", () => {
    fc.assert(
      fc.property(world, (given) => {
        const endpoints = (sampled: boolean) => run(given, sampled).map((placement) => placement?.endpoints);
        assert.deepEqual(endpoints(true), endpoints(false));
      }),
      { numRuns: 200 },
    );
  });
});
