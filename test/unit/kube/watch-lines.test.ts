import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { KubeError } from "../../../src/kube/api.ts";
import { LineSplitter, parseWatchLine } from "../../../src/kube/watch-lines.ts";

const errorOf = (status: unknown) => new KubeError("said", (status as { code: number }).code, "Expired");

describe("LineSplitter", () => {
  test("gives whole lines wherever the chunks are cut", () => {
    const splitter = new LineSplitter();
    const text = 'one\n\ntwo {"a":1}\nthree\n';
    const lines = Array.from(text).flatMap((letter) => splitter.push(letter));
    assert.deepEqual(lines, ["one", 'two {"a":1}', "three"]);
    assert.deepEqual(splitter.push("four\nfive\nsi"), ["four", "five"]);
    assert.deepEqual(splitter.push("x\n"), ["six"]);
  });

  test("refuses a line that never ends", () => {
    const splitter = new LineSplitter();
    const chunk = "x".repeat(8 * 1024 * 1024);
    assert.throws(() => {
      for (let count = 0; count < 5; count++) splitter.push(chunk);
    }, /a line is longer than/);
  });
});

describe("parseWatchLine()", () => {
  test("reads objects, bookmarks and the server's errors", () => {
    const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "b" } };
    assert.deepEqual(parseWatchLine(JSON.stringify({ type: "ADDED", object }), errorOf), { type: "ADDED", object });
    const bookmark = { type: "BOOKMARK", object: { metadata: { resourceVersion: "12" } } };
    assert.deepEqual(parseWatchLine(JSON.stringify(bookmark), errorOf), { type: "BOOKMARK", resourceVersion: "12" });
    const event = parseWatchLine('{"type":"ERROR","object":{"kind":"Status","code":410}}', errorOf);
    assert.equal(event.type === "ERROR" && event.error.status, 410);
  });

  test("says what is no event, and shows none of its text", () => {
    const lines = [
      '{"type":"ADDED","object":{"data":{"password":"hunter2"',
      '{"type":"ADDED","object":{"metadata":{"name":""},"data":{"password":"hunter2"}}}',
      '{"type":"ADDED"}',
      '{"type":"BOOKMARK","object":{"metadata":{}}}',
      '{"type":"hunter2","object":{"metadata":{"name":"a"}}}',
      "null",
    ];
    for (const line of lines) {
      const event = parseWatchLine(line, errorOf);
      assert.equal(event.type, "UNREADABLE", line);
      assert.doesNotMatch(JSON.stringify(event), /hunter2/);
    }
  });
});
