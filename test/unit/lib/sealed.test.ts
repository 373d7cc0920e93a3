import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { Sealed } from "../../../src/lib/sealed.ts";

describe("a sealed value", () => {
  it("is shown by nothing but reveal", () => {
    const sealed = new Sealed("canary");
    assert.equal(sealed.reveal(), "canary");
    const shown = [
      JSON.stringify({ sealed }),
      inspect({ sealed }, { showHidden: true }),
      `${sealed}`,
      String([sealed]),
    ];
    for (const text of shown) assert.doesNotMatch(text, /canary/);
    assert.doesNotMatch(JSON.stringify(Object.entries(sealed)), /canary/);
  });
});
