import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Memo, memoOn, sameItems } from "../../../src/lib/memo.ts";

describe("a memo", () => {
  it("keeps a result while every input is identical, and shows the last one to what makes the next", () => {
    const memo = new Memo<{ readonly made: number }>();
    const input = {};
    memo.begin();
    const first = memo.recall("a", [input, 1], () => ({ made: 1 }));
    memo.begin();
    assert.equal(
      memo.recall("a", [input, 1], () => ({ made: 2 })),
      first,
    );
    const lasts: unknown[] = [];
    memo.begin();
    memo.recall("a", [{}, 1], (last) => {
      lasts.push(last);
      return { made: 3 };
    });
    assert.deepEqual(lasts, [first]);
  });

  it("forgets what a build did not ask for", () => {
    const memo = new Memo<number>();
    memo.begin();
    memo.recall("a", [], () => 1);
    memo.begin();
    memo.begin();
    assert.equal(
      memo.recall("a", [], (last) => (last === undefined ? 2 : 0)),
      2,
    );
  });

  it("on an object makes its value once, also where that is undefined", () => {
    let made = 0;
    const memo = memoOn((_subject: object): undefined => {
      made++;
    });
    const subject = {};
    memo(subject);
    memo(subject);
    assert.equal(made, 1);
  });

  it("tells lists apart by length and by identity", () => {
    const item = {};
    assert.equal(sameItems([item, Number.NaN], [item, Number.NaN]), true);
    assert.equal(sameItems([item], [{}]), false);
    assert.equal(sameItems([item], [item, item]), false);
  });
});
