import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jsonPatch } from "../../../src/infra/kube/json-patch.ts";

describe("a JSON patch", () => {
  it("adds, replaces, removes, moves, copies and tests", () => {
    const target = { list: [1, 2], "a/b": { "c~d": 1 } };
    assert.deepEqual(
      jsonPatch(target, [
        { op: "test", path: "/list/0", value: 1 },
        { op: "add", path: "/list/1", value: 9 },
        { op: "add", path: "/list/-", value: 3 },
        { op: "replace", path: "/a~1b/c~0d", value: 2 },
        { op: "copy", from: "/list/0", path: "/first" },
        { op: "move", from: "/list/0", path: "/moved" },
        { op: "remove", path: "/list/0" },
      ]),
      { list: [2, 3], "a/b": { "c~d": 2 }, first: 1, moved: 1 },
    );
    assert.deepEqual(target, { list: [1, 2], "a/b": { "c~d": 1 } });
  });

  it("refuses what does not apply, and says where", () => {
    const refused =
      (...operation: Parameters<typeof jsonPatch>[1]): (() => unknown) =>
      () =>
        jsonPatch({ list: [1] }, operation);
    assert.throws(refused({ op: "remove", path: "/none" }), /there is nothing at \/none/);
    assert.throws(refused({ op: "add", path: "/list/2", value: 1 }), /there is no item "2"/);
    assert.throws(refused({ op: "test", path: "/list/0", value: 2 }), /test of \/list\/0 failed/);
    assert.throws(refused({ op: "add", path: "none", value: 1 }), /does not begin with a slash/);
    assert.throws(refused({ op: "add", jsonPath: "$.a", value: 1 }), /jsonPath is not supported/);
    assert.throws(refused({ op: "replace", path: "/toString", value: 1 }), /there is nothing at/);
  });
});
