import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createLineSink } from "../../../src/observe/line-sink.ts";
import { eventually } from "../../helpers/eventually.ts";

describe("createLineSink()", () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "ante-test-"));
  });
  after(() => rmSync(dir, { recursive: true }));

  it("writes lines in order", async () => {
    const path = join(dir, "log");
    const fd = openSync(path, "w");
    const sink = createLineSink(fd);
    for (let i = 0; i < 1_000; i++) sink.write(`line ${i}`);
    const expected = Array.from({ length: 1_000 }, (_, i) => `line ${i}\n`).join("");
    await eventually("all lines", () => (readFileSync(path, "utf8") === expected ? true : undefined));
    assert.equal(sink.dropped, 0);
    closeSync(fd);
  });

  it("drops what nobody reads, and does not wait for a reader", () => {
    // Nothing is written before the event loop turns, as with a reader that has stopped.
    const fd = openSync(join(dir, "stalled"), "w");
    const sink = createLineSink(fd);
    for (let i = 0; i < 20; i++) sink.write("x".repeat(1024 * 1024));
    assert.ok(sink.dropped > 0);
    closeSync(fd);
  });
});
