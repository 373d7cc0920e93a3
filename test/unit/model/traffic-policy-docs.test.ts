import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { pathsNotInEffect } from "../../../src/model/traffic/not-in-effect.ts";
import { backendTrafficPolicy } from "../../../src/resources/kinds/backend-traffic-policy.ts";
import { fieldLines, type Schema } from "../../helpers/field-lines.ts";

const text = readFileSync(new URL("../../../docs/reference/backendtrafficpolicy.md", import.meta.url), "utf8");
const rows = new Map(
  [...text.matchAll(/^\| `(spec\.[^`]+)` \| ([^|]+) \|/gm)].map(([, path = "", effect = ""]) => [path, effect]),
);
const fields = fieldLines(backendTrafficPolicy.body.properties.spec as unknown as Schema).map(
  (line) => line.split(" ")[0] ?? "",
);

/** The row that stands for a field: its own, or the closest above it. */
function rowOf(field: string): string | undefined {
  const above = [...rows.keys()].filter((row) => field === row || /^[.[{]/.test(field.slice(row.length)));
  return above.filter((row) => field.startsWith(row)).sort((a, b) => b.length - a.length)[0];
}

describe("the reference of BackendTrafficPolicy", () => {
  it("has a row for every field that carries a value", () => {
    const leaves = fields.filter(
      (field) => !fields.some((other) => /^[.[{]/.test(other.slice(field.length)) && other.startsWith(field)),
    );
    assert.deepEqual(
      leaves.filter((field) => rowOf(field) === undefined),
      [],
    );
  });

  it("has no row for what is no field", () => {
    assert.deepEqual(
      [...rows.keys()].filter((row) => !fields.includes(row)),
      [],
    );
  });

  it("says of exactly those fields that they are not in effect of which the condition says so", () => {
    const documented = [...rows]
      .filter(([, effect]) => effect === "`Warning`")
      .map(([row]) => row.slice("spec.".length));
    assert.deepEqual(documented.sort(), [...pathsNotInEffect].sort());
  });
});
