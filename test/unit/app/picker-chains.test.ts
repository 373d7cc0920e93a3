import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type PickerAddress, PickerChains } from "../../../src/app/control/picker-chains.ts";
import type { EndpointIr, PickerChain } from "../../../src/model/ir.ts";
import type { PickerInUse } from "../../../src/model/result.ts";
import { externalPickerOf } from "../../helpers/external-picker.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { endpointAt } from "../../helpers/make-ir.ts";

const { cluster, use } = externalPickerOf("epp", { chain: undefined, tls: "insecure" });
const key = cluster.key;

function inUse(isTold = false): readonly PickerInUse[] {
  return [{ kind: "external", reason: "", picker: { ...use, cluster, isTold } }];
}

function at(...endpoints: readonly EndpointIr[]): ReadonlyMap<string, readonly EndpointIr[]> {
  return new Map([[key, endpoints]]);
}

class World {
  readonly clock = new FakeClock();
  readonly asked: PickerAddress[] = [];
  changes = 0;
  answer: PickerChain | undefined = "buffered";
  readonly chains = new PickerChains({
    clock: this.clock,
    probe: async (address) => {
      this.asked.push(address);
      return this.answer;
    },
    onChange: () => this.changes++,
  });

  /** Answers arrive after the microtasks of a probe. */
  async update(pickers: readonly PickerInUse[], endpoints: ReadonlyMap<string, readonly EndpointIr[]>): Promise<void> {
    this.chains.update(pickers, endpoints);
    await new Promise(setImmediate);
  }
}

describe("how an external picker answers", () => {
  it("is found out from a healthy endpoint, once", async () => {
    const world = new World();
    await world.update(inUse(), at({ ...endpointAt(9001), health: "unhealthy" }, endpointAt(9002)));
    await world.update(inUse(), at({ ...endpointAt(9001), health: "unhealthy" }, endpointAt(9002)));
    assert.deepEqual(world.asked, [{ address: "127.0.0.1:9002", authority: "epp.default.svc", tls: true }]);
    assert.equal(world.chains.chains.get(key), "buffered");
    assert.equal(world.changes, 1);
  });

  it("is found out again when its endpoints change, and stays known until then", async () => {
    const world = new World();
    await world.update(inUse(), at(endpointAt(9002)));
    await world.update(inUse(), at());
    assert.equal(world.chains.chains.get(key), "buffered");
    world.answer = "full-duplex";
    await world.update(inUse(), at(endpointAt(9003)));
    assert.equal(world.chains.chains.get(key), "full-duplex");
    assert.equal(world.changes, 2);
    await world.update(inUse(), at(endpointAt(9004)));
    assert.deepEqual([world.asked.length, world.changes], [3, 2]);
  });

  it("is asked of the next endpoint where one does not say it, ever more rarely", async () => {
    const world = new World();
    world.answer = undefined;
    await world.update(inUse(), at(endpointAt(9002), endpointAt(9003)));
    const waits: number[] = [];
    for (let count = 1; count < 6; count++) {
      let waited = 0;
      while (world.asked.length === count) {
        world.clock.advance(500);
        waited += 500;
        await new Promise(setImmediate);
      }
      waits.push(waited);
    }
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 10_000]);
    assert.deepEqual(
      world.asked.slice(0, 3).map(({ address }) => address),
      ["127.0.0.1:9002", "127.0.0.1:9003", "127.0.0.1:9002"],
    );
  });

  it("is not asked where an annotation says it, nor once it is gone or all stops", async () => {
    const world = new World();
    await world.update(inUse(true), at(endpointAt(9002)));
    assert.equal(world.asked.length, 0);
    world.answer = undefined;
    await world.update(inUse(), at(endpointAt(9002)));
    await world.update([], at(endpointAt(9002)));
    world.clock.advance(60_000);
    await world.update(inUse(), at(endpointAt(9002)));
    world.chains.stop();
    world.clock.advance(60_000);
    assert.equal(world.asked.length, 2);
  });
});
