import assert from "node:assert/strict";
import { test } from "node:test";
import { answerFormat, endOfStream } from "../../../src/sim/api/answer.ts";
import { EventReader } from "../../../src/sim/load/event-reader.ts";

for (const kind of ["completion", "chat"] as const) {
  test(`a ${kind} stream is counted the same wherever it is cut`, () => {
    const format = answerFormat(kind, { id: "x", created: 1, model: 'a"b' });
    const stream =
      `: keep-alive\n\n${format.chunk(0, 0, undefined)}${format.chunk(0, 1, undefined)}${format.chunk(0, 2, "length")}` +
      format.usageChunk({ promptTokens: 5, completionTokens: 3 }) +
      endOfStream;
    for (let cut = 0; cut <= stream.length; cut++) {
      const reader = new EventReader();
      const parts = [reader.read(stream.slice(0, cut)), reader.read(stream.slice(cut))];
      assert.equal((parts[0]?.tokens ?? 0) + (parts[1]?.tokens ?? 0), 3);
      assert.equal(parts[0]?.usageTokens ?? parts[1]?.usageTokens, 3);
      assert.ok(parts.some(({ done }) => done));
    }
  });
}

test("an error inside a stream is told", () => {
  const counts = new EventReader().read('data: {"error":{"message":"out of memory"}}\n\n');
  assert.match(counts.error ?? "", /out of memory/);
});

test("usage in every event does not hide the tokens", () => {
  const event = 'data: {"choices":[{"text":"a"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n';
  const counts = new EventReader().read(event + event);
  assert.equal(counts.tokens, 2);
  assert.equal(counts.usageTokens, 2);
});
