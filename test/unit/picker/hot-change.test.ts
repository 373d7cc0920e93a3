import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readPoolAnnotations } from "../../../src/model/pool-annotations.ts";
import { type Knob, knobs } from "../../../src/model/pool-settings.ts";
import type { Outcome } from "../../../src/picker/flow/outcome.ts";
import { PoolRuntime } from "../../../src/picker/pool-runtime.ts";
import { LearnedTokens } from "../../../src/pool/learned-output.ts";
import { Ledger } from "../../../src/pool/ledger.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { at, makeAsk, makeReading, makeServer } from "../../helpers/make-ask.ts";
import { makePool } from "../../helpers/make-pool.ts";

const candidates = [
  "true",
  "false",
  "utilization",
  "PREFIX_CACHE",
  "30s",
  "59m",
  "3",
  "0.5",
  "64Mi",
  "x-me",
  "https",
  "/other",
  "secret/key",
  "buffered",
  "off",
];

/** A value of the knob that is not its default. */
function otherValue({ value, default: usual }: Knob<unknown>): string | undefined {
  const before = JSON.stringify(value.read(usual));
  return candidates.find((text) => value.read(text) !== undefined && JSON.stringify(value.read(text)) !== before);
}

describe("a change of a pool's settings while requests wait", () => {
  const table: readonly (readonly [string, Knob<unknown>])[] = Object.entries(knobs);
  for (const [name, knob] of table) {
    it(`of ${name} loses none of them`, () => {
      const text = otherValue(knob);
      assert.ok(text !== undefined, "a value to change to");
      const server = makeServer(1, makeReading({ kvCacheUtil: 1, waiting: 50, running: 50 }));
      const ledger = new Ledger({ server: () => server, onRoom: () => {} }, { leaseMs: 5_000, lackMs: 5_000 });
      let ids = 0;
      const pool = new PoolRuntime(makePool("pool", { settings: readPoolAnnotations({}).settings }), new FakeClock(), {
        ...{ ledger, learned: new LearnedTokens(), random: () => 0.5 },
        uniqueId: () => `u${ids++}`,
      });
      pool.setServers([server], true, at(0));
      const outcomes: Outcome[] = [];
      const waiting = 5;
      for (let index = 0; index < waiting; index++) {
        pool.flow.admit(makeAsk(`r${index}`, { priority: index - 2 }), (outcome) => outcomes.push(outcome), at(0));
      }
      assert.deepEqual(outcomes, []);

      const { settings, warnings } = readPoolAnnotations({ [knob.annotations[0]]: text });
      assert.deepEqual(warnings, []);
      pool.configure(makePool("pool", { settings }), at(10));
      // Without a queue, what is critical is sent at once.
      assert.deepEqual(
        outcomes.filter(({ kind }) => kind !== "placed"),
        [],
      );

      for (let round = 0; round < waiting; round++) {
        server.read(makeReading(), 20 + round);
        pool.scheduler.observe(at(20 + round));
        pool.flow.drain(at(20 + round));
        for (const { id } of [...server.leases.values()]) ledger.end(id);
      }
      pool.flow.drain(at(100_000));
      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        Array.from({ length: waiting }, () => "placed"),
      );
    });
  }
});
