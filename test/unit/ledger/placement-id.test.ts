import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { formatPlacementId, parsePlacementId } from "../../../src/pool/ledger-placement-id.ts";

const count = fc.nat({ max: 1_000_000 });

describe("a placement id", () => {
  test("carries the charge, whatever the model is called", () => {
    fc.assert(
      fc.property(
        fc.record({
          model: fc.string({ unit: "binary" }),
          priority: fc.integer({ min: -5, max: 5 }),
          promptBytes: count,
          promptTokens: count,
          outputTokens: count,
          outputLimit: fc.option(count, { nil: undefined }),
          answers: count,
        }),
        count,
        ({ outputLimit, ...rest }, wallMs) => {
          const charge = {
            ...rest,
            model: rest.model.toWellFormed(),
            ...(outputLimit === undefined ? {} : { outputLimit }),
          };
          const id = formatPlacementId("u-1_x", charge, wallMs);
          assert.deepEqual(parsePlacementId(id), { placedAtWallMs: wallMs, charge: { ...charge, id } });
        },
      ),
    );
  });

  test("is printable ASCII without spaces, commas or quotes", () => {
    const id = formatPlacementId(
      "u",
      { model: 'a b,"ä', priority: 0, promptBytes: 1, promptTokens: 1, outputTokens: 1, answers: 1 },
      1,
    );
    assert.match(id, /^[!-~]+$/);
    assert.doesNotMatch(id, /[",]/);
  });

  test("of others is none", () => {
    for (const text of ["", "a", "u.1.0.1.1.1.-.1", "u.1.0.1.1.1.-.x.m", "u.1.0.1.1.1.-.1.m n"]) {
      assert.equal(parsePlacementId(text), undefined, text);
    }
    assert.equal(parsePlacementId("u.1.0.1.1.1.-.1.%FF")?.charge.model, "%FF");
  });
});
