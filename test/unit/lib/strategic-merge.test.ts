import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mergePatch } from "../../../src/lib/merge-patch.ts";
import { strategicMerge } from "../../../src/lib/strategic-merge.ts";

describe("a strategic merge", () => {
  it("merges containers and their environment by name, and keeps their order", () => {
    const target = { containers: [{ name: "a", env: [{ name: "X", value: "1" }], image: "i" }, { name: "b" }] };
    const patch = {
      containers: [{ name: "b", image: "j" }, { name: "a", env: [{ name: "Y", value: "2" }] }, { name: "c" }],
    };
    assert.deepEqual(strategicMerge(target, patch), {
      containers: [
        {
          name: "a",
          env: [
            { name: "X", value: "1" },
            { name: "Y", value: "2" },
          ],
          image: "i",
        },
        { name: "b", image: "j" },
        { name: "c" },
      ],
    });
  });

  it("tells ports of one number and different protocols apart", () => {
    const target = { ports: [{ port: 443, name: "https" }] };
    const patch = { ports: [{ port: 443, protocol: "UDP", name: "h3" }] };
    assert.equal((strategicMerge(target, patch) as { readonly ports: readonly unknown[] }).ports.length, 2);
  });

  it("replaces lists whose items have no name", () => {
    assert.deepEqual(strategicMerge({ args: ["a", "b"] }, { args: ["c"] }), { args: ["c"] });
  });

  it("removes by null and by directive", () => {
    const target = { a: 1, volumes: [{ name: "v" }, { name: "w" }], nodeSelector: { x: "y" }, env: [{ name: "E" }] };
    const patch = {
      a: null,
      volumes: [{ name: "v", $patch: "delete" }],
      nodeSelector: { $patch: "replace", z: "1" },
      env: [{ name: "F" }, { $patch: "replace" }],
    };
    assert.deepEqual(strategicMerge(target, patch), {
      volumes: [{ name: "w" }],
      nodeSelector: { z: "1" },
      env: [{ name: "F" }],
    });
  });

  it("changes neither of its arguments, nor any prototype", () => {
    const target = { containers: [{ name: "a" }] };
    const patch = JSON.parse(
      '{ "containers": [{ "name": "a", "image": "i" }], "__proto__": { "polluted": true } }',
    ) as {
      readonly containers: readonly { readonly name: string }[];
    };
    strategicMerge(target, patch);
    assert.deepEqual(target, { containers: [{ name: "a" }] });
    assert.equal(({} as { readonly polluted?: boolean }).polluted, undefined);
  });
});

describe("a JSON merge patch", () => {
  it("does what the examples of RFC 7396 say", () => {
    assert.deepEqual(mergePatch({ a: "b", c: { d: "e", f: "g" } }, { a: "z", c: { f: null } }), {
      a: "z",
      c: { d: "e" },
    });
    assert.deepEqual(mergePatch({ a: [{ b: "c" }] }, { a: [1] }), { a: [1] });
    assert.deepEqual(mergePatch(["a"], { a: "b", c: null }), { a: "b" });
    assert.deepEqual(mergePatch({}, { a: { bb: { ccc: null } } }), { a: { bb: {} } });
  });
});
