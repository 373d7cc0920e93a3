import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Settled } from "../../../src/picker/placing.ts";
import { exportRequest, type Span, spanOf } from "../../../src/picker/tracing/span.ts";
import { seededRandom } from "../../../src/sim/load/random.ts";
import { at, makeAsk } from "../../helpers/make-ask.ts";

const nothing = { "no-ready-server": 0, "no-room": 0, "held-back": 0 };
const settled = (change: Partial<Settled> = {}): Settled => ({
  ask: makeAsk("request-1", { model: "qwen", target: "qwen-v2", priority: 1 }),
  trace: undefined,
  outcome: { kind: "placed", waitedMs: 1_500, placement: { id: "p", endpoints: ["10.0.0.1:80", "10.0.0.2:80"] } },
  waitedFor: { ...nothing, "no-room": 1_400, "held-back": 100 },
  now: at(0),
  ...change,
});
const random = seededRandom(1);
const attributes = (span: Span | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries((span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value).join()]));

describe("the span of a picked request", () => {
  it("tells how long it waited, for what, and where it went", () => {
    const span = spanOf(settled(), random);
    assert.deepEqual(attributes(span), {
      "gen_ai.request.model": "qwen",
      "antechamber.target_model": "qwen-v2",
      "antechamber.pool": "v1/default/pool",
      "antechamber.priority": "1",
      "antechamber.request_id": "request-1",
      "antechamber.outcome": "placed",
      "antechamber.waited_ms": "1500",
      "antechamber.waited_for.no_room_ms": "1400",
      "antechamber.waited_for.held_back_ms": "100",
      "antechamber.server": "10.0.0.1:80",
      "antechamber.fallback": "10.0.0.2:80",
    });
    assert.equal(BigInt(span?.endTimeUnixNano ?? 0) - BigInt(span?.startTimeUnixNano ?? 0), 1_500_000_000n);
    assert.equal(span?.endTimeUnixNano, "1700000000000000000");
  });

  it("is a child of the caller's, and of nobody's where no caller traces", () => {
    const trace = { traceId: "a".repeat(32), parentId: "b".repeat(16), sampled: true };
    const child = spanOf(settled({ trace }), random);
    assert.equal(child?.traceId, trace.traceId);
    assert.equal(child?.parentSpanId, trace.parentId);
    assert.notEqual(child?.spanId, trace.parentId);
    const root = spanOf(settled(), random);
    assert.match(root?.traceId ?? "", /^[0-9a-f]{32}$/);
    assert.match(root?.spanId ?? "", /^[0-9a-f]{16}$/);
    assert.ok(root !== undefined && !("parentSpanId" in root));
    assert.notEqual(spanOf(settled(), random)?.traceId, root.traceId);
  });

  it("is not made where the caller samples not", () => {
    const trace = { traceId: "a".repeat(32), parentId: "b".repeat(16), sampled: false };
    assert.equal(spanOf(settled({ trace }), random), undefined);
  });

  it("is an error where the request was turned away", () => {
    const span = spanOf(settled({ outcome: { kind: "evicted", reason: "ttl-expired", waitedMs: 20 } }), random);
    assert.deepEqual(span?.status, { code: 2, message: "evicted-ttl-expired" });
    assert.equal(attributes(span)["antechamber.server"], undefined);
  });

  it("has ids that are never all zeros", () => {
    const span = spanOf(settled(), () => 0);
    assert.match(span?.traceId ?? "", /1/);
    assert.match(span?.spanId ?? "", /1/);
  });
});

describe("exportRequest()", () => {
  it("names the service and the scope once for all spans", () => {
    const span = spanOf(settled(), random) as Span;
    const { resourceSpans } = JSON.parse(exportRequest([span, span], "1.2.3"));
    assert.equal(resourceSpans.length, 1);
    assert.deepEqual(resourceSpans[0].resource.attributes[0], {
      key: "service.name",
      value: { stringValue: "antechamber" },
    });
    assert.equal(resourceSpans[0].scopeSpans[0].spans.length, 2);
  });
});
