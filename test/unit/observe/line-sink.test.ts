import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
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
    const sink = createLineSink(fd, () => {});
    for (let i = 0; i < 1_000; i++) sink.write(`line ${i}`);
    const expected = Array.from({ length: 1_000 }, (_, i) => `line ${i}\n`).join("");
    await eventually("all lines", () => (readFileSync(path, "utf8") === expected ? true : undefined));
    assert.equal(sink.dropped, 0);
    closeSync(fd);
  });

  it("drops what nobody reads, and does not wait for a reader", () => {
    // Nothing is written before the event loop turns, as with a reader that has stopped.
    const fd = openSync(join(dir, "stalled"), "w");
    let stalls = 0;
    const sink = createLineSink(fd, () => stalls++);
    for (let i = 0; i < 20; i++) sink.write("x".repeat(1024 * 1024));
    assert.ok(sink.dropped > 1);
    assert.equal(stalls, 1);
    closeSync(fd);
  });

  it("waits for a slow reader of a pipe that does not block", { timeout: 30_000 }, async () => {
    const writer = spawn(process.execPath, ["--input-type=module", "--eval", stallingWriter]);
    try {
      await once(writer.stderr, "data");
      let text = "";
      for await (const chunk of writer.stdout) text += String(chunk);
      assert.equal(text.length, stalledLines * 101);
    } finally {
      writer.kill();
    }
  });
});

const stalledLines = 20_000;

/** Says so when its pipe has been full for a while; ends by itself when everything is written. */
const stallingWriter = `
  import { createLineSink } from ${JSON.stringify(new URL("../../../src/observe/line-sink.ts", import.meta.url).href)};
  process.stdout;
  const sink = createLineSink(1, () => {});
  for (let i = 0; i < ${stalledLines}; i++) sink.write("x".repeat(100));
  setTimeout(() => console.error("stalled"), 200);
`;
