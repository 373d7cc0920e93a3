import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Secret, secretValue } from "../../../src/resources/kinds/secret.ts";
import { admitYaml, errorsOf, objectOf } from "../../helpers/parse-yaml.ts";

const secret = (fields: string): string => `{apiVersion: v1, kind: Secret, metadata: {name: s}, ${fields}}`;

suite("a Secret", () => {
  test("gives its values, and stringData wins as it does in an API server", () => {
    const object = objectOf<Secret>(admitYaml(secret("data: {a: b25l, b: b25l}, stringData: {b: two}")));
    assert.equal(object.type, "Opaque");
    assert.equal(secretValue(object, "a")?.toString(), "one");
    assert.equal(secretValue(object, "b")?.toString(), "two");
    assert.equal(secretValue(object, "toString"), undefined);
  });

  const mistakes: Readonly<Record<string, string>> = {
    "data: {password: 4711}": "data.password: must be base64 text by key; what is written is not shown",
    "data: {password: not-base64-4711}": "data: must be base64 text by key; what is written is not shown",
    "data: pass-4711": "data: must be base64 text by key; what is written is not shown",
    "stringData: {password: 4711}": "stringData.password: must be text by key; what is written is not shown",
    "stringData: [4711]": "stringData: must be text by key; what is written is not shown",
  };
  for (const [fields, error] of Object.entries(mistakes))
    test(`is refused for ${fields.replace("4711", "…")} without repeating what it says`, () => {
      assert.deepEqual(errorsOf(admitYaml(secret(fields))), [error]);
    });
});
