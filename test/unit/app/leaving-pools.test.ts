import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LeavingPools } from "../../../src/app/control/leaving-pools.ts";
import type { PoolIr } from "../../../src/model/ir.ts";
import type { PickerInUse } from "../../../src/model/result.ts";
import { makePool } from "../../helpers/make-pool.ts";

const pool = makePool("p");
const none: ReadonlyMap<string, PoolIr> = new Map();
const builtIn = { pools: new Map([[pool.key, pool]]), pickers: pickedBy("built-in") };
const external = { pools: none, pickers: pickedBy("external") };

function pickedBy(kind: PickerInUse["kind"]): ReadonlyMap<string, PickerInUse> {
  return new Map([[pool.key, { kind, reason: "" }]]);
}

describe("a pool that goes to a picker of its own", () => {
  it("stays with the built-in one while a request waits there, and some seconds at least", () => {
    const leaving = new LeavingPools();
    let waiting = false;
    const keys = (nowMs: number) => leaving.update(external, () => waiting, nowMs).map(({ key }) => key);
    leaving.update(builtIn, () => waiting, 0);
    assert.deepEqual(keys(1_000), [pool.key]);
    assert.deepEqual(keys(3_900), [pool.key], "one may have come that is not reported yet");
    waiting = true;
    assert.deepEqual(keys(60_000), [pool.key]);
    waiting = false;
    assert.deepEqual(keys(61_000), []);
    assert.deepEqual(keys(62_000), []);
  });

  it("is listed once when it comes back meanwhile", () => {
    const leaving = new LeavingPools();
    leaving.update(builtIn, () => true, 0);
    leaving.update(external, () => true, 1);
    assert.deepEqual(
      leaving.update(builtIn, () => true, 2),
      [pool],
    );
  });

  it("is gone at once when it is deleted, or nobody can choose for it", () => {
    for (const pickers of [new Map<string, PickerInUse>(), pickedBy("none")]) {
      const leaving = new LeavingPools();
      leaving.update(builtIn, () => true, 0);
      assert.deepEqual(
        leaving.update({ pools: none, pickers }, () => true, 1),
        [],
      );
    }
  });
});
