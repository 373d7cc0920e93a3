/** What others see of a request on a real Envoy: its trace context at the server, and our span at a collector. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Span } from "../../src/picker/tracing/span.ts";
import { attributesOf, Collector } from "../helpers/collector.ts";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const parentId = "00f067aa0ba902b7";
const traceparent = `00-${traceId}-${parentId}-01`;

describe("a traced request", () => {
  let collector: Collector;
  let gateway: TestGateway;

  before(async () => {
    collector = await Collector.start();
    gateway = await TestGateway.start({
      servers: 1,
      stub: { room: 1, answerAtOnce: true },
      annotations: { "antechamber.dev/max-concurrency": "1" },
      args: ["--otlp-endpoint", collector.url],
    });
  });
  after(async () => {
    await gateway.stop();
    await collector.stop();
  });
  beforeEach(() => {
    collector.spans.length = 0;
    for (const server of gateway.servers) server.received.length = 0;
  });

  const spans = (count: number): Promise<readonly Span[]> =>
    eventually(`${count} spans`, () => (collector.spans.length >= count ? collector.spans : undefined));

  it("comes to the server with the context that the client sent, unchanged", async () => {
    const headers = { traceparent, tracestate: "vendor=opaque,other=1" };
    assert.equal((await gateway.completion("qwen", {}, { headers })).status, 200);
    const received = gateway.servers[0]?.received[0]?.headers;
    assert.equal(received?.["traceparent"], traceparent);
    assert.equal(received?.["tracestate"], "vendor=opaque,other=1");
    await spans(1);
  });

  it("gets no context from us where the client sends none, and a trace of its own", async () => {
    await gateway.completion("qwen");
    assert.equal(gateway.servers[0]?.received[0]?.headers["traceparent"], undefined);
    const [span] = await spans(1);
    assert.match(span?.traceId ?? "", /^[0-9a-f]{32}$/);
    assert.notEqual(span?.traceId, traceId);
    assert.equal(span?.parentSpanId, undefined);
  });

  it("has a span under the client's that says where it went", async () => {
    await gateway.completion("travel-helper", {}, { headers: { traceparent } });
    const [span] = await spans(1);
    assert.ok(span !== undefined);
    assert.deepEqual([span.traceId, span.parentSpanId], [traceId, parentId]);
    const told = attributesOf(span);
    assert.equal(told["gen_ai.request.model"], "travel-helper");
    assert.equal(told["antechamber.target_model"], "travel-helper-v1");
    assert.equal(told["antechamber.outcome"], "placed");
    assert.equal(told["antechamber.server"], `127.0.0.1:${gateway.servers[0]?.port}`);
    assert.match(told["antechamber.pool"] ?? "", /qwen-pool/);
  });

  it("has a span as long as its wait, that says what it waited for", async () => {
    const [server] = gateway.servers;
    assert.ok(server !== undefined);
    server.answerAtOnce = false;
    const first = gateway.completion("qwen");
    await eventually("the first at the server", () => (server.received.length === 1 ? true : undefined));
    const second = gateway.completion("qwen");
    await gateway.waitingIs(1);
    await new Promise((done) => setTimeout(done, 300));
    server.answerAtOnce = true;
    server.answerAll();
    await Promise.all([first, second]);
    const all = await spans(2);
    const waited = all.map((span) => Number(attributesOf(span)["antechamber.waited_ms"])).sort((a, b) => b - a)[0] ?? 0;
    assert.ok(waited >= 300, String(waited));
    const span = all.find((each) => Number(attributesOf(each)["antechamber.waited_ms"]) === waited);
    assert.ok(span !== undefined);
    const lengthMs = Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6;
    assert.ok(Math.abs(lengthMs - waited) < 2, `${lengthMs} for ${waited}`);
    assert.ok(Number(attributesOf(span)["antechamber.waited_for.no_room_ms"]) >= 250);
  });

  it("has no span where the client does not sample", async () => {
    await gateway.completion("qwen", {}, { headers: { traceparent: `00-${traceId}-${parentId}-00` } });
    await gateway.completion("qwen");
    const all = await spans(1);
    assert.deepEqual(
      all.map((span) => span.traceId === traceId),
      [false],
    );
  });

  it("is counted", async () => {
    await gateway.completion("qwen");
    await spans(1);
    await eventually("the count of exported spans", async () =>
      (await gateway.metric("antechamber_picker_spans_total", 'result="exported"')) >= 1 ? true : undefined,
    );
  });
});
