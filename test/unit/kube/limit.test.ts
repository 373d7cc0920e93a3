import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Limit } from "../../../src/kube/limit.ts";

describe("Limit", () => {
  test("runs so many at once, the others in the order in which they came, also after failures", async () => {
    const limit = new Limit(2);
    const started: number[] = [];
    const ends = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const runs = ends.map((end, index) =>
      limit.run(() => {
        started.push(index);
        return end.promise;
      }),
    );
    await turn();
    assert.deepEqual(started, [0, 1]);
    ends[1]?.reject(new Error("refused"));
    await assert.rejects(runs[1] ?? Promise.resolve(), /refused/);
    await turn();
    assert.deepEqual(started, [0, 1, 2]);
    for (const end of ends) end.resolve();
    await Promise.allSettled(runs);
    assert.deepEqual(started, [0, 1, 2, 3, 4]);
  });
});
