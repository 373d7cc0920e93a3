import assert from "node:assert/strict";
import { test } from "node:test";
import { BadUsage, chosen, numberOption } from "../../bench/bench.ts";

test("a number below its least is refused by name", () => {
  assert.equal(numberOption("--rounds", "3", 1), 3);
  assert.throws(() => numberOption("--rounds", "0", 1), /--rounds "0" is not a number of 1 or more/);
  assert.throws(() => numberOption("--rounds", "many", 1), BadUsage);
});

test("parts are chosen by name, in the order given; an unknown one is refused with those that there are", () => {
  const parts = [{ name: "a" }, { name: "b" }];
  const nameOf = ({ name }: { readonly name: string }): string => name;
  assert.deepEqual(chosen(parts, undefined, nameOf), parts);
  assert.deepEqual(chosen(parts, "b,a", nameOf), [{ name: "b" }, { name: "a" }]);
  assert.throws(() => chosen(parts, "c", nameOf), /there is no "c", but a, b/);
});
