import assert from "node:assert/strict";
import { test } from "node:test";
import { median, quantile, rounded, spread } from "../../bench/stats.ts";
import { figure, textTable } from "../../bench/text-table.ts";

test("the median of an even number is between the two in the middle, in whatever order they come", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.ok(Number.isNaN(median([])));
});

test("a quantile is one of the values, by nearest rank", () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(quantile(values, 0.99), 99);
  assert.equal(quantile(values, 1), 100);
  assert.equal(quantile(values, 0), 1);
  assert.equal(quantile([7], 0.5), 7);
});

test("a spread keeps the extremes, and its input as it is", () => {
  const values = [3, 1, 2];
  assert.deepEqual(spread(values), { median: 2, min: 1, max: 3 });
  assert.deepEqual(values, [3, 1, 2]);
});

test("figures have three significant digits", () => {
  assert.equal(rounded(123_456), 123_000);
  assert.equal(figure(1_234_567), "1,230,000");
  assert.equal(figure(0.012_345), "0.0123");
  assert.equal(figure(Number.NaN), "-");
});

test("a table aligns numbers under each other", () => {
  assert.equal(
    textTable(
      ["", "n"],
      [
        ["a", "1"],
        ["long", "200"],
      ],
    ),
    "        n\na       1\nlong  200",
  );
});
