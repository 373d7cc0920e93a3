/** What every tier of the queue promises, run on each of them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FairLine, type FairLineOptions, free } from "../../src/picker/flow/fairness.ts";
import { QueueItem } from "../../src/picker/flow/item.ts";
import type { Line } from "../../src/picker/flow/line.ts";
import { FirstComeLine } from "../../src/picker/flow/ordering.ts";
import { PriorityLine } from "../../src/picker/flow/priority.ts";
import { makeAsk } from "../helpers/make-ask.ts";

const byBytes = ({ ask }: QueueItem): number => ask.bytes;
const fair = (options: Partial<FairLineOptions> = {}): FairLine =>
  new FairLine({ cost: free, newLine: () => new FirstComeLine(), ...options });

const lines: readonly { readonly name: string; readonly create: () => Line }[] = [
  { name: "ordering: first come, first served", create: () => new FirstComeLine() },
  { name: "fairness: oldest first", create: () => fair() },
  { name: "fairness: by cost", create: () => fair({ cost: byBytes }) },
  { name: "priority: strict", create: () => new PriorityLine(() => new FirstComeLine()) },
  {
    name: "all three",
    create: () => new PriorityLine(() => fair()),
  },
];

let sequence = 0;

function item(
  name: string,
  arrivedAtMs: number,
  ask: { readonly priority?: number; readonly flow?: string; readonly bytes?: number } = {},
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
  /** How the flows, each with many requests of its size, are served. */
  const serve = (line: FairLine, count: number): string =>
    Array.from({ length: count }, () => {
      const head = line.head() as QueueItem;
      assert.ok(line.serve(head));
      return head.ask.flow;
    }).join("");
  const addMany = (line: FairLine, flow: string, bytes: number, count = 100): void => {
    for (let index = 0; index < count; index++) line.add(item(`${flow}${index}`, index, { flow, bytes }));
  };

  test("that is free serves the oldest of all flows", () => {
    const line = fair();
    for (const [index, flow] of ["a", "a", "b", "a", "b"].entries()) line.add(item(`${index}`, index, { flow }));
    assert.equal(serve(line, 5), "aabab");
  });

  test("gives flows of equal requests turns, however many each has", () => {
    const line = fair({ cost: byBytes });
    addMany(line, "a", 100, 1_000);
    addMany(line, "b", 100, 3);
    assert.equal(serve(line, 8), "abababaa");
  });

  test("gives flows equal cost, not equal numbers", () => {
    const line = fair({ cost: byBytes });
    addMany(line, "a", 300);
    addMany(line, "b", 100);
    const order = serve(line, 40);
    assert.equal(order.replaceAll("b", "").length, 10);
  });

  test("gives who comes late its share from then on, and no more", () => {
    const line = fair({ cost: byBytes });
    addMany(line, "a", 100);
    serve(line, 50);
    addMany(line, "b", 100);
    assert.match(serve(line, 11), /^b(ba){5}$/);
  });

  test("does not favour who never has more than one request waiting", () => {
    const line = fair({ cost: byBytes });
    addMany(line, "a", 100);
    let ofB = 0;
    let waits = false;
    for (let turn = 0; turn < 40; turn++) {
      if (!waits) line.add(item(`b${turn}`, turn, { flow: "b", bytes: 300 }));
      waits = serve(line, 1) === "a";
      if (!waits) ofB++;
    }
    assert.equal(ofB, 10);
  });

  test("charges nothing for requests that leave without a server", () => {
    const line = fair({ cost: byBytes });
    const gone = item("gone", 0, { flow: "a", bytes: 1_000_000 });
    line.add(gone);
    addMany(line, "b", 100);
    addMany(line, "a", 100);
    assert.ok(line.remove(gone));
    assert.equal(serve(line, 6).replaceAll("b", ""), "aaa");
  });

  test("lets flows beyond the most that it tells apart share one", () => {
    const line = fair({ cost: byBytes, mostFlows: 2 });
    for (const flow of ["a", "b", "c", "d"]) addMany(line, flow, 100, 12);
    const served = serve(line, 18);
    for (const flow of ["a", "b"]) assert.equal(served.replaceAll(flow, "").length, 12, flow);
    const left = item("e", 1, { flow: "e" });
    line.add(left);
    assert.ok(line.remove(left));
    assert.equal(line.size, 30);
  });

  test("forgets flows that are empty", () => {
    const line = fair({ cost: byBytes, mostFlows: 2 });
    addMany(line, "z", 1);
    for (let index = 0; index < 50; index++) {
      const flow = `once-${index}`;
      line.add(item(flow, 1_000, { flow, bytes: 1 }));
      serve(line, 2);
    }
    addMany(line, "last", 1, 10);
    assert.match(serve(line, 6), /^(last|z)(lastz)+/);
  });

  test("sees a flow by its new head when an older request joins it or the head leaves", () => {
    const line = fair();
    const first = item("a2", 2, { flow: "a" });
    line.add(first);
    line.add(item("b3", 3, { flow: "b" }));
    line.add(item("a5", 5, { flow: "a" }));
    line.add(item("b1", 1, { flow: "b" }));
    assert.equal(line.head()?.ask.id, "b1");
    line.remove(first);
    assert.deepEqual(takeAll(line), ["b1", "b3", "a5"]);
  });

  test("does not slow down with the number of flows", () => {
    const costs = (flows: number): number => {
      let heads = 0;
      const line = fair({
        cost: byBytes,
        mostFlows: flows,
        newLine: () => {
          const inner = new FirstComeLine();
          const head = inner.head.bind(inner);
          inner.head = () => {
            heads++;
            return head();
          };
          return inner;
        },
      });
      for (let index = 0; index < flows; index++) line.add(item(`${index}`, index, { flow: `${index}` }));
      heads = 0;
      for (let index = 0; index < 100; index++) line.serve(line.head() as QueueItem);
      return heads;
    };
    assert.equal(costs(4_096), costs(512));
  });
});
