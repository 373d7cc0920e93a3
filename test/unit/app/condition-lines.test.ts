import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConditionLines } from "../../../src/app/control/condition-lines.ts";
import type { ListenerStatus, ObjectStatus } from "../../../src/model/result.ts";
import { type LogFields, silentLog } from "../../../src/observe/log.ts";

function programmed(reason: string, message: string): readonly ObjectStatus[] {
  const condition = { type: "Programmed", status: "False", reason, message, observedGeneration: 1 } as const;
  return [
    {
      ref: { group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "default", name: "gw" },
      generation: 1,
      body: { kind: "gateway", conditions: [condition], listeners: [] },
    },
  ];
}

function linesOf(...updates: readonly (readonly ObjectStatus[])[]): readonly (string | undefined)[] {
  const lines: (string | undefined)[] = [];
  const log = { ...silentLog, warn: (fields: LogFields) => void lines.push(fields.text) };
  const conditions = new ConditionLines({ log, locate: () => "" });
  for (const update of updates) conditions.update(update);
  return lines;
}

describe("conditions in the log", () => {
  it("are told once while they last, and again when they return", () => {
    const bad = () => programmed("NoResources", "Cannot apply Service x/y: it is of controller z");
    const line = "Gateway default/gw: Programmed=False NoResources: Cannot apply Service x/y: it is of controller z";
    assert.deepEqual(linesOf(bad(), bad()), [line]);
    assert.deepEqual(linesOf(bad(), [], bad()), [line, line]);
  });

  it("are not told where they only say that it is not yet so", () => {
    assert.deepEqual(linesOf(programmed("Pending", "No proxy"), programmed("AddressNotAssigned", "No address")), []);
  });

  it("name the listener, and leave out that it is not programmed because of what else is wrong", () => {
    const [status] = programmed("Pending", "No proxy");
    assert.ok(status?.body.kind === "gateway");
    const listener = (name: string, type: string): ListenerStatus => ({
      ...{ name, port: 80, attachedRoutes: 0, supportedKinds: [] },
      conditions: [
        { type, status: "False", reason: "Bad", message: "it is bad", observedGeneration: 1 },
        { type: "Programmed", status: "False", reason: "Invalid", message: "see others", observedGeneration: 1 },
      ],
    });
    const listeners = [listener("a", "ResolvedRefs"), listener("b", "ResolvedRefs"), listener("c", "Pending")];
    const only = { ...listeners[2], conditions: listeners[2]?.conditions.slice(1) } as ListenerStatus;
    assert.deepEqual(linesOf([{ ...status, body: { ...status.body, listeners: [...listeners.slice(0, 2), only] } }]), [
      "Gateway default/gw, listener a: ResolvedRefs=False Bad: it is bad",
      "Gateway default/gw, listener b: ResolvedRefs=False Bad: it is bad",
      "Gateway default/gw, listener c: Programmed=False Invalid: see others",
    ]);
  });
});
