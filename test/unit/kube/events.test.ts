import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { KubeObject } from "../../../src/kube/api.ts";
import { createEventRecorder, type KubeEvent } from "../../../src/kube/events.ts";
import { silentLog } from "../../../src/observe/log.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { FakeKube } from "../../helpers/fake-kube.ts";

const refused: KubeEvent = {
  regarding: { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", namespace: "a", name: "r", uid: "u" },
  type: "Warning",
  reason: "Refused",
  action: "Program",
  note: "Envoy refuses it",
};

function rig() {
  const kube = new FakeKube();
  const clock = new FakeClock();
  const recorder = createEventRecorder({
    api: kube,
    clock,
    log: silentLog,
    component: "x.example/c",
    instance: "pod-1",
  });
  const written = () => kube.calls.map(({ body }) => body as KubeObject);
  return { kube, clock, recorder, written };
}

describe("createEventRecorder()", () => {
  test("writes an Event in the object's namespace, in default for those of the cluster", () => {
    const { recorder, written } = rig();
    recorder.record(refused);
    recorder.record({ ...refused, regarding: { ...refused.regarding, namespace: "" } });
    const [first, second] = written();
    assert.deepEqual(first, {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { namespace: "a", name: "r.18bcfe568000000" },
      eventTime: "2023-11-14T22:13:20.000000Z",
      reportingController: "x.example/c",
      reportingInstance: "pod-1",
      regarding: refused.regarding,
      type: "Warning",
      reason: "Refused",
      action: "Program",
      note: "Envoy refuses it",
    });
    assert.equal(second?.metadata.namespace, "default");
    assert.notEqual(second?.metadata.name, first?.metadata.name);
  });

  test("says the same again after ten minutes only, and other words at once", () => {
    const { clock, recorder, written } = rig();
    recorder.record(refused);
    recorder.record(refused);
    recorder.record({ ...refused, note: "Envoy refuses it for another reason" });
    assert.equal(written().length, 2);
    clock.advance(600_000);
    recorder.record(refused);
    assert.equal(written().length, 3);
  });

  test("a flood is cut to a burst and a trickle", () => {
    const { clock, recorder, written } = rig();
    const flood = (from: number) => {
      for (let index = from; index < from + 100; index++) recorder.record({ ...refused, note: `n${index}` });
    };
    flood(0);
    assert.equal(written().length, 25);
    clock.advance(5000);
    flood(100);
    assert.equal(written().length, 27);
  });

  test("a long note is cut where a character ends, and a refusal hurts nobody", async () => {
    const { kube, recorder, written } = rig();
    kube.refuse = () => new Error("away");
    recorder.record({ ...refused, note: "ä".repeat(2000) });
    await turn();
    const note = String(written()[0]?.["note"]);
    assert.ok(Buffer.byteLength(note) <= 1024);
    assert.match(note, /^ä+ \.\.\.$/);
  });
});
