/** What every tier of the queue promises, run on each of them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FairLine, oldestFirst } from "../../src/picker/flow/fairness.ts";
import { byArrival, QueueItem } from "../../src/picker/flow/item.ts";
import type { Line } from "../../src/picker/flow/line.ts";
import { FirstComeLine } from "../../src/picker/flow/ordering.ts";
import { PriorityLine } from "../../src/picker/flow/priority.ts";
import { makeAsk } from "../helpers/make-ask.ts";

const lines: readonly { readonly name: string; readonly create: () => Line }[] = [
  { name: "ordering: first come, first served", create: () => new FirstComeLine() },
  { name: "fairness: oldest first", create: () => new FairLine(oldestFirst, () => new FirstComeLine()) },
  { name: "priority: strict", create: () => new PriorityLine(() => new FirstComeLine()) },
  {
    name: "all three",
    create: () => new PriorityLine(() => new FairLine(oldestFirst, () => new FirstComeLine())),
  },
];

let sequence = 0;

function item(
  name: string,
  arrivedAtMs: number,
  ask: { readonly priority?: number; readonly flow?: string } = {},
): QueueItem {
  return new QueueItem(makeAsk(name, ask), { arrivedAtMs, sinceMs: arrivedAtMs, sequence: sequence++ }, () => {});
}

function takeAll(line: Line): readonly string[] {
  const names: string[] = [];
  for (let head = line.head(); head !== undefined; head = line.head()) {
    names.push(head.ask.id);
    assert.ok(line.remove(head));
  }
  return names;
}

for (const { name, create } of lines) {
  describe(`a line (${name})`, () => {
    test("has no head while it is empty", () => {
      const line = create();
      assert.equal(line.head(), undefined);
      assert.equal(line.size, 0);
      const only = item("only", 1);
      line.add(only);
      line.remove(only);
      assert.equal(line.head(), undefined);
      assert.equal(line.size, 0);
    });

    test("serves equals by arrival, whatever the order in which they were added", () => {
      const line = create();
      for (const ms of [5, 1, 4, 2, 3]) line.add(item(`at ${ms}`, ms));
      assert.deepEqual(takeAll(line), ["at 1", "at 2", "at 3", "at 4", "at 5"]);
    });

    test("serves those of one moment in the order in which they were added", () => {
      const line = create();
      for (const id of ["a", "b", "c"]) line.add(item(id, 7));
      assert.deepEqual(takeAll(line), ["a", "b", "c"]);
    });

    test("shows its head without giving it up", () => {
      const line = create();
      line.add(item("a", 1));
      assert.equal(line.head(), line.head());
      assert.equal(line.size, 1);
    });

    test("lets any of its requests leave, and keeps the order of the others", () => {
      const line = create();
      const items = [1, 2, 3, 4, 5, 6].map((ms) => item(`at ${ms}`, ms));
      for (const one of items) line.add(one);
      assert.ok(line.remove(items[0] as QueueItem));
      assert.ok(line.remove(items[3] as QueueItem));
      assert.equal(line.size, 4);
      assert.deepEqual(takeAll(line), ["at 2", "at 3", "at 5", "at 6"]);
    });

    test("says that a request is not there, twice removed or never added", () => {
      const line = create();
      const [known, stranger] = [item("known", 1), item("stranger", 2)];
      line.add(known);
      assert.equal(line.remove(stranger), false);
      assert.equal(line.remove(known), true);
      assert.equal(line.remove(known), false);
      assert.equal(line.size, 0);
    });
  });
}

describe("strict priority", () => {
  test("serves a band only while no higher one waits", () => {
    const line = new PriorityLine(() => new FirstComeLine());
    line.add(item("sheddable", 1, { priority: -1 }));
    line.add(item("standard", 2, { priority: 0 }));
    line.add(item("critical", 3, { priority: 1 }));
    line.add(item("standard too", 4, { priority: 0 }));
    assert.deepEqual(takeAll(line), ["critical", "standard", "standard too", "sheddable"]);
  });
});

describe("fairness", () => {
  test("chooses between the heads of the flows alone", () => {
    const line = new FairLine(
      (a, b) => byArrival(b, a),
      () => new FirstComeLine(),
    );
    line.add(item("a1", 1, { flow: "a" }));
    line.add(item("b1", 2, { flow: "b" }));
    line.add(item("a2", 3, { flow: "a" }));
    assert.deepEqual(takeAll(line), ["b1", "a1", "a2"]);
  });

  test("sees a flow by its new head when an older request joins it or the head leaves", () => {
    const line = new FairLine(oldestFirst, () => new FirstComeLine());
    const first = item("a2", 2, { flow: "a" });
    line.add(first);
    line.add(item("b3", 3, { flow: "b" }));
    line.add(item("a5", 5, { flow: "a" }));
    line.add(item("b1", 1, { flow: "b" }));
    assert.equal(line.head()?.ask.id, "b1");
    line.remove(first);
    assert.deepEqual(takeAll(line), ["b1", "b3", "a5"]);
  });

  test("does not look at every flow to find the next", () => {
    let compared = 0;
    const line = new FairLine(
      (a, b) => {
        compared++;
        return byArrival(a, b);
      },
      () => new FirstComeLine(),
    );
    const flows = 4_096;
    for (let index = 0; index < flows; index++) line.add(item(`${index}`, index, { flow: `${index}` }));
    compared = 0;
    for (let index = 0; index < 100; index++) line.remove(line.head() as QueueItem);
    assert.ok(compared < 100 * 3 * Math.log2(flows), `${compared} comparisons for 100 requests of ${flows} flows`);
  });
});
