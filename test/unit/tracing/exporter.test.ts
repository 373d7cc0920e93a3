import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLog } from "../../../src/observe/log.ts";
import { SpanExporter } from "../../../src/picker/tracing/exporter.ts";
import type { Sent } from "../../../src/picker/tracing/otlp-client.ts";
import type { Span } from "../../../src/picker/tracing/span.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

const span: Span = {
  ...{ traceId: "a", spanId: "b", name: "pick", kind: 1, startTimeUnixNano: "1", endTimeUnixNano: "2" },
  ...{ attributes: [], status: { code: 0 } },
};

function start(answers: Sent[] = []) {
  const clock = new FakeClock();
  const sent: number[] = [];
  const warnings: string[] = [];
  const counts = { exported: 0, dropped: 0 };
  const exporter = new SpanExporter({
    clock,
    log: { ...silentLog, warn: (_, message) => warnings.push(message) },
    version: "1",
    send: async (body) => {
      sent.push(JSON.parse(body).resourceSpans[0].scopeSpans[0].spans.length);
      return answers.shift() ?? { kind: "taken" };
    },
    onExported: (count) => (counts.exported += count),
    onDropped: (count) => (counts.dropped += count),
  });
  const add = (count: number): void => {
    for (let i = 0; i < count; i++) exporter.add(span);
  };
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await new Promise(setImmediate);
  };
  return { exporter, sent, counts, warnings, add, pass };
}

const down: Sent = { kind: "try-again", reason: "refused" };

describe("the span exporter", () => {
  it("sends what came within two seconds together", async () => {
    const { add, pass, sent, counts } = start();
    add(2);
    await pass(1_000);
    add(1);
    await pass(999);
    assert.deepEqual(sent, []);
    await pass(1);
    assert.deepEqual(sent, [3]);
    assert.deepEqual(counts, { exported: 3, dropped: 0 });
  });

  it("sends a full batch at once", async () => {
    const { add, pass, sent } = start();
    add(600);
    await pass(0);
    assert.deepEqual(sent, [512]);
    await pass(2_000);
    assert.deepEqual(sent, [512, 88]);
  });

  it("keeps a bounded number while the collector is down, tries ever more rarely, and warns once", async () => {
    const { add, pass, sent, counts, warnings } = start([down, down, down]);
    add(3_000);
    assert.equal(counts.dropped, 3_000 - 2_048);
    await pass(0);
    await pass(1_000);
    await pass(1_000);
    assert.equal(sent.length, 2);
    await pass(1_000);
    assert.equal(sent.length, 3);
    assert.equal(counts.exported, 0);
    await pass(4_000);
    for (let i = 0; i < 4; i++) await pass(0);
    assert.equal(counts.exported, 2_048);
    assert.equal(warnings.length, 1);
  });

  it("gives up a batch that will never be taken", async () => {
    const { add, pass, counts } = start([{ kind: "refused", reason: "400" }]);
    add(2);
    await pass(2_000);
    assert.deepEqual(counts, { exported: 0, dropped: 2 });
  });

  it("sends what is left when it stops, and then nothing", async () => {
    const { exporter, add, pass, sent, counts } = start();
    add(2);
    await exporter.stop();
    assert.deepEqual(sent, [2]);
    add(1);
    await pass(10_000);
    assert.deepEqual(sent, [2]);
    assert.equal(counts.exported, 2);
  });
});
