import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { statusPattern } from "../../../src/xds/build/traffic/status-pattern.ts";

describe("the pattern of a range of statuses", () => {
  it("is short where digits are free", () => {
    assert.equal(statusPattern(500, 599), "5[0-9][0-9]");
    assert.equal(statusPattern(400, 599), "[4-5][0-9][0-9]");
    assert.equal(statusPattern(500, 511), "50[0-9]|51[0-1]");
    assert.equal(statusPattern(404, 404), "404");
  });

  it("matches exactly the statuses of the range", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), fc.integer({ min: 0, max: 900 }), (start, more) => {
        const end = Math.min(999, start + more);
        const pattern = new RegExp(`^(?:${statusPattern(start, end)})$`);
        for (let status = 100; status <= 999; status++) {
          assert.equal(pattern.test(String(status)), status >= start && status <= end, `${status} in ${start}-${end}`);
        }
      }),
      { numRuns: 50 },
    );
  });
});
