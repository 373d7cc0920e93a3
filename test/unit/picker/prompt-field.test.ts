import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findPrompt } from "../../../src/picker/request/prompt-field.ts";

const find = (body: string): string | undefined => findPrompt(Buffer.from(body))?.toString();

describe("findPrompt()", () => {
  it("is the value of prompt, messages or input, as it stands", () => {
    assert.equal(find('{"model":"m", "prompt" : "a \\"b\\" c", "n":1}'), '"a \\"b\\" c"');
    assert.equal(find('{"messages":[{"role":"user","content":"]}"} ],"x":1}'), '[{"role":"user","content":"]}"} ]');
    assert.equal(find('{"input":["a"]}'), '["a"]');
  });

  it("is not found deeper in the body, nor in what is no JSON object", () => {
    for (const body of [
      '{"x":{"prompt":"a"}}',
      '{"model":"prompt"}',
      "{}",
      "",
      "[]",
      "prompt=a",
      '{"prompt":"a',
      "{,}",
    ])
      assert.equal(find(body), undefined, body);
  });

  it("is what JSON.parse sees, for any body", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (others, prompt) => {
        const body = Object.fromEntries(
          Object.entries(others).filter(([key]) => !/^(prompt|messages|input)$/.test(key)),
        );
        assert.equal(find(JSON.stringify({ ...body, prompt })), JSON.stringify(prompt));
      }),
    );
  });
});
