/** Blocks of prompts: what is equal has equal hashes, and what is remembered of a prompt is a beginning of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { prefixChain } from "../../src/picker/schedule/prefix/chain.ts";
import { KnownPrefixes } from "../../src/picker/schedule/prefix/known-prefixes.ts";

const blockBytes = 4;
const names = { model: "m", target: "t" };
const prompts = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 40 });

function chainOf(prompt: string, of = names): readonly bigint[] {
  return [...prefixChain(Buffer.from(prompt), of, { blockBytes, maxBlocks: 8 })];
}

describe("the chain of a prompt", () => {
  it("has one hash for each whole block, up to the most", () => {
    fc.assert(
      fc.property(prompts, (prompt) => {
        assert.equal(chainOf(prompt).length, Math.min(8, Math.floor(prompt.length / blockBytes)));
      }),
    );
  });

  it("equals another's up to a block exactly where the prompts are equal up to there", () => {
    fc.assert(
      fc.property(prompts, prompts, prompts, (beginning, one, other) => {
        const [a, b] = [chainOf(beginning + one), chainOf(beginning + other)];
        for (let blocks = 1; blocks <= Math.min(a.length, b.length); blocks++) {
          const end = blocks * blockBytes;
          const equal = (beginning + one).slice(0, end) === (beginning + other).slice(0, end);
          assert.equal(a[blocks - 1] === b[blocks - 1], equal);
        }
      }),
    );
  });

  it("shares nothing with that of another model or adapter", () => {
    const one = new Set(chainOf("aaaabbbb"));
    for (const of of [
      { model: "x", target: "t" },
      { model: "m", target: "x" },
      { model: "mt", target: "" },
    ])
      assert.ok(chainOf("aaaabbbb", of).every((hash) => !one.has(hash)));
  });
});

describe("what is remembered of a server", () => {
  it("is a beginning of each prompt, within the capacity", () => {
    fc.assert(
      fc.property(fc.array(prompts, { maxLength: 20 }), fc.integer({ min: 1, max: 20 }), (all, capacity) => {
        const known = new KnownPrefixes(capacity);
        const chains = all.map((prompt) => prefixChain(Buffer.from(prompt), names, { blockBytes, maxBlocks: 8 }));
        for (const chain of chains) {
          known.remember(chain);
          assert.ok(known.size <= capacity);
          assert.equal(known.matched(chain), Math.min(chain.length, capacity));
          // One by one as by bisection: nothing is known behind the first block that is not.
          for (const other of chains) {
            const each = [...other].map((_, place) => known.matched(other.subarray(0, place + 1)) === place + 1);
            assert.equal(each.lastIndexOf(true) + 1, known.matched(other));
            assert.ok(each.every((one, place) => one === place < known.matched(other)));
          }
        }
      }),
    );
  });
});
