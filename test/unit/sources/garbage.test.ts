import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { Catalog } from "../../../src/sources/files/catalog.ts";
import { formatReport } from "../../../src/sources/files/report.ts";

const seed = `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, labels: {a: b}}
spec:
  rules:
    - matches: [{path: {value: /a}, headers: [{name: x, value: "y"}]}]
      backendRefs: [{name: s, port: 80}]
---
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: p}
spec: {selector: {matchLabels: {a: b}}, targetPorts: [{number: 1}]}
`;

/** Fragments that mean something to YAML, in any order. */
const yamlish = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "---\n",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        "|\n",
        ">\n",
        "&a ",
        "*a",
        "<<: ",
        "!!set ",
        "? ",
        "# ",
        "\n",
        "  ",
        "\t",
        "%YAML 1.1\n",
        "...\n",
      ),
      fc.constantFrom(
        "apiVersion",
        "kind",
        "metadata",
        "name",
        "spec",
        "items",
        "List",
        "v1",
        "Pod",
        "__proto__",
        "constructor",
        "null",
        "on",
        "0o7",
      ),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(""));

/** A good file with a piece of it replaced. */
const damaged = fc
  .tuple(fc.nat(seed.length), fc.nat(30), fc.oneof(yamlish, fc.string(), fc.json()))
  .map(([at, length, text]) => seed.slice(0, at) + text + seed.slice(at + length));

/** A good object with any value at a place where another kind of value belongs. */
const misshapen = fc
  .tuple(fc.constantFrom("kind", "metadata", "spec", "apiVersion"), fc.jsonValue())
  .map(([field, value]) =>
    JSON.stringify({
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "BackendTrafficPolicy",
      metadata: { name: "p" },
      spec: { targetRefs: [value], rateLimit: value, loadBalancer: { type: "ConsistentHash", consistentHash: value } },
      [field]: value,
    }),
  );

suite("any text at all", () => {
  for (const [name, texts, format] of [
    ["YAML", fc.oneof(yamlish, damaged, fc.string({ unit: "binary" })), "yaml"],
    ["JSON", fc.oneof(misshapen, fc.json(), fc.string()), "json"],
  ] as const)
    test(`as ${name} ends in objects and reports, never in an exception`, () => {
      fc.assert(
        fc.property(texts, (text) => {
          const look = new Catalog("default").look("f", text, format, "all");
          for (const report of look.reports) {
            assert.ok(report.line >= 1 && report.column >= 1, formatReport(report));
            assert.ok(!formatReport(report).includes("\n"));
          }
        }),
        { numRuns: 500 },
      );
    });

  test("nested deeper than the stack is reported", () => {
    for (const [text, format] of [
      ["[".repeat(50_000), "yaml"],
      [`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, "json"],
    ] as const) {
      const { reports } = new Catalog("default").look("f", text, format, "all");
      assert.equal(reports.length, 1);
      assert.equal(reports[0]?.level, "rejected");
    }
  });
});
