import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { comparePrecedence, type Rank } from "../../src/model/precedence.ts";

/** Few values each, so that ranks often differ in one place only. */
const anyRank: fc.Arbitrary<Rank> = fc.record({
  path: fc.constantFrom("exact", "regex", "prefix"),
  pathLength: fc.integer({ min: 0, max: 2 }),
  method: fc.boolean(),
  headers: fc.integer({ min: 0, max: 2 }),
  query: fc.integer({ min: 0, max: 2 }),
  created: fc.constantFrom("", "2024-01-01T00:00:00Z", "2024-06-01T00:00:00Z"),
  namespace: fc.constantFrom("a", "b"),
  name: fc.constantFrom("a", "b"),
  rule: fc.integer({ min: 0, max: 2 }),
  match: fc.integer({ min: -1, max: 2 }),
});

const sign = (value: number): number => Math.sign(value);

describe("precedence is a total order:", () => {
  it("two ranks compare the opposite way round", () => {
    fc.assert(
      fc.property(anyRank, anyRank, (a, b) => {
        assert.equal(sign(comparePrecedence(a, b)), 0 - sign(comparePrecedence(b, a)));
      }),
    );
  });

  it("what stands before another stands before all that follow it", () => {
    fc.assert(
      fc.property(anyRank, anyRank, anyRank, (a, b, c) => {
        if (comparePrecedence(a, b) <= 0 && comparePrecedence(b, c) <= 0) assert.ok(comparePrecedence(a, c) <= 0);
      }),
      { numRuns: 2000 },
    );
  });

  it("only equal ranks tie", () => {
    fc.assert(
      fc.property(anyRank, anyRank, (a, b) => {
        if (comparePrecedence(a, b) === 0) assert.deepEqual(a, b);
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(anyRank, (rank) => assert.equal(comparePrecedence(rank, { ...rank }), 0)));
  });
});
