import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { serveCommand } from "../../../src/app/commands/serve.ts";

const page = readFileSync(new URL("../../../docs/reference/serve.md", import.meta.url), "utf8");

describe("the reference of ante serve", () => {
  it("has every flag that its help shows, and no other", () => {
    const flags = serveCommand().options.flatMap(({ hidden, long }) => (hidden ? [] : [long ?? ""]));
    const documented = [...page.matchAll(/^\| `(--[^`]+)` \|/gm)].map(([, flag = ""]) => flag);
    assert.deepEqual(documented.sort(), flags.sort());
  });
});
