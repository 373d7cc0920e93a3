import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromMetadata, toMetadata } from "../../../src/lib/wire.ts";
import type { ObjectiveIr } from "../../../src/model/ir.ts";
import { toldToPicker } from "../../../src/model/told-to-picker.ts";
import { readHead } from "../../../src/picker/request/request-head.ts";
import { createStandingRules, standingOf } from "../../../src/picker/request/standing.ts";
import { readTtl } from "../../../src/picker/request/ttl.ts";

const objective = (name: string, priority: number): ObjectiveIr => ({
  name,
  priority,
  origin: { kind: "InferenceObjective", namespace: "default", name, fieldPath: "" },
});
const objectives = [objective("urgent", 100), objective("batch", -5)];
const suspicious = createStandingRules(objectives, { trustClientObjective: false, trustClientFairness: false });
const trusting = createStandingRules(objectives, { trustClientObjective: true, trustClientFairness: true });
const client = { objective: "urgent", fairnessId: "me" };

describe("a request's standing", () => {
  it("is its model's priority and the default flow, where the route says nothing and clients are not believed", () => {
    assert.deepEqual(standingOf(suspicious, {}, client, 1), { priority: 1, flow: "default-flow" });
  });

  it("is what the client says where the pool believes it", () => {
    assert.deepEqual(standingOf(trusting, {}, client, 1), { priority: 100, flow: "me" });
  });

  it("is what the route says, whatever the client says", () => {
    const route = { objective: "batch", fairnessId: "tenant" };
    for (const rules of [suspicious, trusting]) {
      assert.deepEqual(standingOf(rules, route, client, 1), { priority: -5, flow: "tenant" });
    }
  });

  it("is the model's where the pool has no such objective", () => {
    assert.equal(standingOf(trusting, { objective: "toString" }, {}, -1).priority, -1);
  });

  it("has a flow whose name is bounded", () => {
    assert.equal(standingOf(trusting, {}, { fairnessId: "x".repeat(10_000) }, 0).flow.length, 256);
  });
});

describe("what a rule tells the picker", () => {
  const none = { set: [], add: [], remove: [] };
  const header = (name: string, value: string) => ({ name, value });

  it("is the value of either name of a header that it sets or adds", () => {
    const rule = { ...none, set: [header("x-gateway-inference-objective", "urgent")] };
    const backend = { ...none, add: [header("x-llm-d-inference-fairness-id", "tenant")] };
    assert.deepEqual(toldToPicker(rule, backend), { objective: "urgent", fairnessId: "tenant" });
  });

  it("is the rule's where the backend says another", () => {
    const one = { ...none, set: [header("x-llm-d-inference-objective", "rule")] };
    const other = { ...none, set: [header("x-gateway-inference-objective", "backend")] };
    assert.deepEqual(toldToPicker(one, other), { objective: "rule" });
  });

  it("is nothing where it sets no such header", () => {
    assert.deepEqual(toldToPicker({ ...none, set: [header("x-other", "1")] }, none), {});
  });
});

describe("a value in metadata", () => {
  it("comes back as it was, in printable ASCII without a percent sign", () => {
    for (const value of ["urgent", "a b%20=c", "größe 🚀", "%REQ(x)%", "=41", ""]) {
      assert.match(toMetadata(value), /^[\x21-\x24\x26-\x7e]*$/);
      assert.equal(fromMetadata(toMetadata(value)), value);
    }
  });

  it("that nobody encoded is none", () => {
    assert.equal(fromMetadata("=ZZ"), undefined);
  });
});

describe("a client's own deadline", () => {
  it("is a duration as Go writes it", () => {
    const read = ["1500ms", "1m2.5s", "2h", "0s", "0.5s"].map(readTtl);
    assert.deepEqual(read, [1_500, 62_500, 7_200_000, 1, 500]);
  });

  it("is none where it is anything else", () => {
    for (const text of ["", "5", "-1s", "1 s", "1d", "1e3s", "9".repeat(400) + "h"])
      assert.equal(readTtl(text), undefined);
  });
});

describe("readHead()", () => {
  it("reads what the client claims from the names that Envoy copies it to", () => {
    const { client: claim, ttlMs } = readHead([
      { key: "x-antechamber-client-objective", value: "urgent" },
      { key: "x-antechamber-client-fairness-id", value: "me" },
      { key: "x-llm-d-inference-ttl", value: "2s" },
    ]);
    assert.deepEqual({ claim, ttlMs }, { claim: { objective: "urgent", fairnessId: "me" }, ttlMs: 2_000 });
    assert.equal(readHead([{ key: "x-llm-d-inference-objective", value: "urgent" }]).client, undefined);
  });
});
