import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { boolean, bytes, decimal, duration, oneOf, wholeNumber } from "../../../src/model/annotation-values.ts";

describe("the value of an annotation", () => {
  it("is a boolean in Go's spellings", () => {
    assert.equal(boolean.read("T"), true);
    assert.equal(boolean.read("0"), false);
    assert.equal(boolean.read("yes"), undefined);
  });

  it("is one of several words", () => {
    assert.equal(oneOf("a", "b").read("b"), "b");
    assert.equal(oneOf("a", "b").read("c"), undefined);
  });

  it("is a number within bounds, both included", () => {
    assert.equal(wholeNumber(1, 5).read("5"), 5);
    assert.equal(wholeNumber(1, 5).read("6"), undefined);
    assert.equal(wholeNumber(1, 5).read("1.5"), undefined);
    assert.equal(decimal(0, 1).read("0.25"), 0.25);
    assert.equal(decimal(0, 1).read("1e-1"), undefined);
    assert.equal(decimal(0, 1).read(""), undefined);
    assert.equal(decimal(0, 1).read("Infinity"), undefined);
  });

  it("is a duration", () => {
    assert.equal(duration(0, 3_600_000).read("1m30s"), 90_000);
    assert.equal(duration(0, 3_600_000).read("0"), 0);
    assert.equal(duration(0, 3_600_000).read("2h"), undefined);
    assert.equal(duration(0, 3_600_000).read("5"), undefined);
    assert.equal(duration(50, 60_000).bounds, "a duration from 50ms to 1m");
  });

  it("is a quantity of bytes", () => {
    assert.equal(bytes("1Ki", "1Gi").read("2Mi"), 2 * 2 ** 20);
    assert.equal(bytes("1Ki", "1Gi").read("5M"), 5e6);
    assert.equal(bytes("1Ki", "1Gi").read("1"), undefined);
    assert.equal(bytes("1Ki", "1Gi").read("2Gi"), undefined);
    assert.equal(bytes("1Ki", "1Gi").read("1 Mi"), undefined);
  });
});
