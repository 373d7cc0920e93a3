import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { ParkedRequests } from "../../../src/picker/parked-requests.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

describe("a request for a pool that is not known", () => {
  let clock: FakeClock;
  let parked: ParkedRequests;
  let told: boolean[];
  const park = () => parked.park("default/p", (known) => told.push(known));
  beforeEach(() => {
    clock = new FakeClock();
    parked = new ParkedRequests(clock);
    told = [];
  });

  it("goes on when the pool is known", () => {
    park();
    clock.advance(14_000);
    parked.release("default/p");
    clock.advance(60_000);
    assert.deepEqual(told, [true]);
  });

  it("is told after 15 s that there is none", () => {
    park();
    clock.advance(14_999);
    assert.deepEqual(told, []);
    clock.advance(1);
    assert.deepEqual(told, [false]);
  });

  it("is told after 1 s where the pool has just been removed", () => {
    parked.removed("default/p");
    clock.advance(100);
    park();
    clock.advance(1_000);
    assert.deepEqual(told, [false]);
  });

  it("goes on where a pool that was removed comes back within 1 s", () => {
    parked.removed("default/p");
    park();
    clock.advance(500);
    parked.release("default/p");
    clock.advance(60_000);
    assert.deepEqual(told, [true]);
  });

  it("waits as for any other where the removal is long ago, or the pool was back since", () => {
    parked.removed("default/p");
    clock.advance(15_000);
    park();
    clock.advance(2_000);
    parked.release("default/p");
    parked.removed("default/p");
    parked.release("default/p");
    park();
    clock.advance(2_000);
    assert.deepEqual(told, [true]);
  });

  it("is told nothing where it left", () => {
    const leave = park();
    leave();
    clock.advance(60_000);
    parked.release("default/p");
    assert.deepEqual(told, []);
  });
});
