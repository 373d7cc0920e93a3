import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { Catalog } from "../../../src/sources/files/catalog.ts";
import { formatReport } from "../../../src/sources/files/report.ts";

const canary = "Q2FuYXJ5OiBub2JvZHkgbWF5IHJlYWQgdGhpcy4=";
const head = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";
const body = `data:\n  tls.key: ${canary}\n  other: "${canary}"\nstringData:\n  password: ${canary}\n`;

const pieces = fc.constantFrom(
  "'",
  '"',
  "|",
  ">",
  "{",
  "[",
  "- ",
  ": ",
  "\n",
  "\n  ",
  "&",
  "*",
  "!!int ",
  "1",
  "%",
  "---\n",
  "",
);

suite("a Secret that is written wrong", () => {
  test("is reported without a piece of what it says", () => {
    let reported = 0;
    fc.assert(
      fc.property(fc.nat(body.length), fc.nat(20), fc.array(pieces, { maxLength: 4 }), (at, length, inserted) => {
        const text = head + body.slice(0, at) + inserted.join("") + body.slice(at + length);
        const { reports } = new Catalog("default").look("s.yaml", text, "yaml", "all");
        const said = reports.map(formatReport).join("\n");
        if (said !== "") reported++;
        for (let from = 0; from + 8 <= canary.length; from++) {
          assert.ok(!said.includes(canary.slice(from, from + 8)), `${said}\nfor\n${text}`);
        }
      }),
      { numRuns: 3_000 },
    );
    assert.ok(reported > 500, `only ${reported} mistakes were reported`);
  });
});
