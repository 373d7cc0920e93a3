import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { findModel, replaceModel } from "../../../src/picker/request/model-field.ts";

const find = (text: string) => findModel(Buffer.from(text));

describe("findModel()", () => {
  test("finds the top-level model among nested and quoted ones", () => {
    const text = '{"metadata":{"model":"no"},"prompt":"\\"model\\":\\"no\\"","a":[{"model":"no"}], "model" : "qwen" }';
    const field = find(text);
    assert.ok(field.kind === "found");
    assert.equal(field.name, "qwen");
    assert.equal(text.slice(field.start, field.end), '"qwen"');
  });

  test("reads escapes in key and value", () => {
    const field = find('{"mod\\u0065l":"q\\u0077en"}');
    assert.ok(field.kind === "found");
    assert.equal(field.name, "qwen");
  });

  test("skips a byte order mark", () => {
    const field = find('\uFEFF{"model":"qwen"}');
    assert.ok(field.kind === "found");
    assert.equal(field.name, "qwen");
  });

  test("refuses a repeated key, however it is spelled", () => {
    for (const text of ['{"model":"a","model":"b"}', '{"model":"a","\\u006dodel":"a"}'])
      assert.deepEqual(find(text), { kind: "unusable", reason: "duplicate" });
  });

  test("refuses a model that is no string", () => {
    for (const value of ["5", "null", "true", '["a"]', '{"a":1}'])
      assert.deepEqual(find(`{"model":${value}}`), { kind: "unusable", reason: "not-a-string" });
  });

  test("refuses what is cut or no object", () => {
    for (const text of ["", " ", "{", '{"model', '{"model"', '{"model":', '{"model":"a', '{"model":"a"', '{"model":5'])
      assert.deepEqual(find(text), { kind: "unusable", reason: "malformed" }, text);
    for (const text of ["[]", '"model"', "5"])
      assert.deepEqual(find(text), { kind: "unusable", reason: "not-an-object" });
    assert.deepEqual(find('{"model":"a\\q"}'), { kind: "unusable", reason: "malformed" });
  });

  test("says absent where there is none", () => {
    for (const text of ["{}", '{"a":1}', '{"a":{"model":"x"}}']) assert.deepEqual(find(text), { kind: "absent" });
  });
});

describe("findModel() and replaceModel(), any JSON", () => {
  const spaces = fc.constantFrom("", " ", "\n\t", "  ");
  /** Valid JSON text of an object with distinct keys, spelled with random spaces, some with a model. */
  const objects = fc
    .tuple(
      fc.uniqueArray(fc.tuple(fc.string({ unit: "binary" }), fc.jsonValue()), {
        selector: ([key]) => key,
        maxLength: 6,
      }),
      fc.option(fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue()), { nil: undefined }),
      fc.nat(6),
      spaces,
    )
    .map(([entries, model, place, space]) => {
      const pairs = entries
        .filter(([key]) => key !== "model")
        .map(([key, value]) => `${JSON.stringify(key)}${space}:${space}${JSON.stringify(value, null, space)}`);
      if (model !== undefined) pairs.splice(place, 0, `"model"${space}:${space}${JSON.stringify(model)}`);
      return `${space}{${space}${pairs.join(`${space},${space}`)}${space}}${space}`;
    });

  test("the scan says what JSON.parse says", () => {
    fc.assert(
      fc.property(objects, (text) => {
        const parsed = JSON.parse(text) as Record<string, unknown>;
        const field = find(text);
        if (!Object.hasOwn(parsed, "model")) assert.equal(field.kind, "absent");
        else if (typeof parsed["model"] === "string") {
          assert.ok(field.kind === "found");
          // Lone surrogates have no UTF-8 form: on the wire they are replacement characters unless escaped.
          assert.equal(Buffer.from(field.name).toString(), Buffer.from(parsed["model"]).toString());
        } else assert.deepEqual(field, { kind: "unusable", reason: "not-a-string" });
      }),
    );
  });

  test("a splice changes the model and nothing else", () => {
    fc.assert(
      fc.property(objects, fc.string(), (text, name) => {
        const body = Buffer.from(text);
        const field = findModel(body);
        fc.pre(field.kind === "found");
        const expected: unknown = { ...(JSON.parse(body.toString()) as object), model: name };
        const spliced = replaceModel(body, field, name);
        assert.deepEqual(JSON.parse(spliced.toString()), expected);
        assert.deepEqual(spliced.subarray(0, field.start), body.subarray(0, field.start));
        assert.deepEqual(spliced.subarray(spliced.length - (body.length - field.end)), body.subarray(field.end));
      }),
    );
  });

  test("garbage never throws", () => {
    const fragment = fc.oneof(
      fc.constantFrom('{"model":', '"', "\\", "{", "}", "[", "]", ",", ":", "\\u", " "),
      fc.string(),
    );
    fc.assert(fc.property(fc.array(fragment), (parts) => void find(parts.join(""))));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void findModel(Buffer.from(bytes))));
  });
});
