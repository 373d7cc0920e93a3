import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Demand } from "../../../src/picker/schedule/demand.ts";
import type { Growth } from "../../../src/picker/schedule/forecast.ts";

const typical: Growth = { startsIn: 0, tokens: 100, perStep: 1, steps: 50 };
const halfLifeMs = 1_000;

/** Ten requests of level 1 in flight at time 0. */
function tenInFlight(): Demand {
  const demand = new Demand();
  for (let i = 1; i <= 10; i++) demand.placed(1, typical, () => i, 0, halfLifeMs);
  return demand;
}

describe("demand", () => {
  test("of nobody is nothing", () => {
    assert.deepEqual(new Demand().above(0), []);
  });

  test("is asked for by lower levels alone", () => {
    assert.equal(tenInFlight().above(0).length, 1);
    assert.deepEqual(tenInFlight().above(1), []);
  });

  test("misses nothing while as many are in flight as lately", () => {
    const demand = tenInFlight();
    demand.observe(() => 10, 60_000, halfLifeMs);
    assert.deepEqual(demand.above(0), [{ priority: 1, missing: 0, followed: 1, typical }]);
  });

  test("misses each that ended, until another follows", () => {
    const demand = tenInFlight();
    demand.observe(() => 7, 0, halfLifeMs);
    assert.equal(demand.above(0)[0]?.missing, 3);
    demand.placed(1, typical, () => 8, 0, halfLifeMs);
    assert.equal(demand.above(0)[0]?.missing, 2);
  });

  test("fades where none follows, and so does the belief in followers", () => {
    const demand = tenInFlight();
    demand.observe(() => 6, 0, halfLifeMs);
    demand.observe(() => 6, 1_000, halfLifeMs);
    assert.equal(demand.above(0)[0]?.missing, 2);
    demand.observe(() => 6, 20_000, halfLifeMs);
    const [after] = demand.above(0);
    assert.ok(after !== undefined && after.missing < 0.01 && after.followed < 0.7, JSON.stringify(after));
  });

  test("comes back with new requests", () => {
    const demand = tenInFlight();
    demand.observe(() => 0, 0, halfLifeMs);
    demand.observe(() => 0, 60_000, halfLifeMs);
    for (let i = 1; i <= 30; i++) demand.placed(1, typical, () => i, 60_000, halfLifeMs);
    const [after] = demand.above(0);
    assert.ok(after !== undefined && after.followed > 0.9, JSON.stringify(after));
    assert.equal(after.missing, 0);
  });

  test("moves what is typical slowly", () => {
    const demand = tenInFlight();
    demand.placed(1, { ...typical, tokens: 1_100 }, () => 11, 0, halfLifeMs);
    assert.equal(demand.above(0)[0]?.typical.tokens, 200);
  });
});
