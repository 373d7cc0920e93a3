import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { reasons } from "../../../src/resources/reasons.ts";

const golden = new URL("../../golden/model/", import.meta.url);

const known = new Set(
  Object.values(reasons).flatMap((types) =>
    Object.entries(types).flatMap(([type, list]: [string, readonly string[]]) =>
      list.map((reason) => `${type} ${reason}`),
    ),
  ),
);

suite("conditions", () => {
  test("in the model's golden files have types and reasons of the table", () => {
    const files = globSync("*.out.yaml", { cwd: golden });
    const used = files.flatMap((file) =>
      [
        ...readFileSync(new URL(file, golden), "utf8").matchAll(/"(\w+)=(?:True|False|Unknown) (\w+) \(generation/g),
      ].map(([, type, reason]) => `${type} ${reason}`),
    );
    assert.ok(used.length > 0);
    assert.deepEqual([...new Set(used)].filter((pair) => !known.has(pair)).sort(), []);
  });
});
