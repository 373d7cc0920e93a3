import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readTraceparent } from "../../../src/picker/request/trace-context.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const parentId = "00f067aa0ba902b7";

describe("readTraceparent()", () => {
  it("reads the ids and whether the caller samples", () => {
    assert.deepEqual(readTraceparent(`00-${traceId}-${parentId}-01`), { traceId, parentId, sampled: true });
    assert.deepEqual(readTraceparent(`00-${traceId}-${parentId}-00`), { traceId, parentId, sampled: false });
  });

  it("reads what it knows of a later version", () => {
    assert.deepEqual(readTraceparent(`42-${traceId}-${parentId}-03-more`), { traceId, parentId, sampled: true });
  });

  for (const [what, header] of [
    ["an unknown form", "a trace"],
    ["the version that is none", `ff-${traceId}-${parentId}-01`],
    ["more parts than its version has", `00-${traceId}-${parentId}-01-more`],
    ["a trace id of zeros", `00-${"0".repeat(32)}-${parentId}-01`],
    ["a span id of zeros", `00-${traceId}-${"0".repeat(16)}-01`],
    ["capital digits", `00-${traceId.toUpperCase()}-${parentId}-01`],
  ] as const) {
    it(`takes no parent from ${what}`, () => {
      assert.equal(readTraceparent(header), undefined);
    });
  }
});
