import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { plainValue, readYaml } from "../../../src/sources/files/yaml-reading.ts";

const read = (text: string): unknown => plainValue(readYaml(text).document);

suite("YAML is read as Kubernetes reads it", () => {
  const scalars: Readonly<Record<string, unknown>> = {
    on: true,
    Off: false,
    yes: true,
    n: false,
    TRUE: true,
    "~": null,
    "": null,
    "020": 16,
    "0o20": 16,
    "0x1F": 31,
    "0b11": 3,
    "1_000": 1000,
    "-7": -7,
    "08": 8,
    "1.5": 1.5,
    "1e3": 1000,
    "24h": "24h",
    "22:22": "22:22",
    "1.2.3": "1.2.3",
    "2001-01-01": "2001-01-01",
    '"8080"': "8080",
    "'true'": "true",
  };
  for (const [text, value] of Object.entries(scalars))
    test(`${text || "nothing"} is ${JSON.stringify(value)}`, () => {
      assert.deepEqual(read(`a: ${text}`), { a: value });
    });

  test("keys are strings", () => {
    assert.deepEqual(read("on: 1\n2: 3"), { true: 1, "2": 3 });
  });

  test("anchors and merges work", () => {
    assert.deepEqual(read("a: &x {b: 1}\nc: {<<: *x, d: 2}"), { a: { b: 1 }, c: { b: 1, d: 2 } });
  });

  test("aliases do not blow a document up", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 9; i++)
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    assert.throws(() => read(lines.join("\n")), /alias/i);
  });

  test("__proto__ is a key like any other", () => {
    const value = read("__proto__: {polluted: true}") as object;
    assert.ok(Object.hasOwn(value, "__proto__"));
    assert.ok(!("polluted" in {}));
  });

  test("a key twice is an error", () => {
    assert.equal(readYaml("a: 1\na: 2").document.errors.length, 1);
  });
});
