import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseEnvoyLog } from "../../../src/infra/process/envoy-log.ts";
import { LineSplitter } from "../../../src/infra/process/line-splitter.ts";

describe("parseEnvoyLog", () => {
  it("maps Envoy's levels to ours", () => {
    const line = (level: string): string => JSON.stringify({ level, component: "config", message: "m" });
    const levels = ["trace", "debug", "info", "warning", "error", "critical"].map(
      (level) => parseEnvoyLog(line(level)).level,
    );
    assert.deepEqual(levels, ["debug", "debug", "info", "warn", "error", "error"]);
  });

  it("makes nothing of extensions that Envoy calls unfinished, since we chose them", () => {
    const message =
      "message 'a.v3.B' is contained in proto file 'a/v3/b.proto' marked as work-in-progress. API features ...";
    const line = JSON.stringify({ level: "warning", component: "misc", message });
    assert.deepEqual(parseEnvoyLog(line), { level: "debug", component: "misc", message });
  });

  it("takes a line in another form as an error", () => {
    for (const line of ["PARSE ERROR: Argument: --x", '{"level":1}', "null", "3"]) {
      assert.deepEqual(parseEnvoyLog(line), { level: "error", component: "main", message: line });
    }
  });
});

describe("LineSplitter", () => {
  function split(chunks: readonly (string | Buffer)[], maxLength?: number): readonly string[] {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line), maxLength);
    for (const chunk of chunks) splitter.push(Buffer.from(chunk as string));
    splitter.end();
    return lines;
  }

  it("joins what chunks cut, characters included", () => {
    const bytes = Buffer.from("ä€\nb");
    assert.deepEqual(split([...bytes].map((byte) => Buffer.from([byte]))), ["ä€", "b"]);
  });

  it("drops empty lines and keeps a last line without an end", () => {
    assert.deepEqual(split(["a\n\n", "\nb"]), ["a", "b"]);
  });

  it("hands out a line without end in pieces", () => {
    assert.deepEqual(split(["x".repeat(25), "\ny\n"], 10), ["x".repeat(10), "x".repeat(10), "x".repeat(5), "y"]);
  });
});
