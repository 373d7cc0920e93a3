import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ObjectStatus } from "../../../src/model/result.ts";
import { listOf } from "../../../src/status/write/fields.ts";
import { type MergeContext, statusPatch } from "../../../src/status/write/merge.ts";
import { spellStatus } from "../../../src/status/write/spell.ts";
import { condition, gatewayRef, gatewayStatus, parentsStatus, routeStatus } from "../../helpers/make-status.ts";

const controllerName = "gateway.envoyproxy.io/gatewayclass-controller";
const before = "2020-01-01T00:00:00Z";
const now = "2030-01-01T00:00:00Z";
const context: MergeContext = { controllerName, now, isForeignGateway: (_, name) => name === "foreign" };

function patchOf(observed: unknown, status: ObjectStatus): ReturnType<typeof statusPatch> {
  return statusPatch(observed, spellStatus(status, controllerName), context);
}

/** What the object says after the patch. */
function after(observed: object, status: ObjectStatus): unknown {
  return { ...observed, ...patchOf(observed, status) };
}

function stays(observed: object, status: ObjectStatus): void {
  assert.equal(patchOf(after(observed, status), status), undefined, "a second patch changes something");
}

const accepted = condition("Accepted");
const old = { ...accepted, lastTransitionTime: before };
const others = { parentRef: gatewayRef("theirs"), controllerName: "example.com/other", conditions: [old] };

function poolStatus(group: string, ...gateways: readonly string[]): ObjectStatus {
  const parents = gateways.map((name) => ({ ref: gatewayRef(name), conditions: [accepted] }));
  return parentsStatus({ group, kind: "InferencePool", namespace: "default", name: "pool" }, parents);
}

describe("the patch of a status", () => {
  it("keeps the time of a condition whose status did not change", () => {
    const status = gatewayStatus("gw", [
      { ...accepted, message: "other words", observedGeneration: 2 },
      condition("Programmed", "False"),
    ]);
    const observed = { conditions: [old, { ...condition("Programmed"), lastTransitionTime: before }] };
    assert.deepEqual(patchOf(observed, status), {
      conditions: [
        { ...old, message: "other words", observedGeneration: 2 },
        { ...condition("Programmed", "False"), lastTransitionTime: now },
      ],
    });
  });

  it("keeps conditions that it never writes, and removes those of its own that no longer hold", () => {
    const theirs = { ...condition("example.com/Audited"), lastTransitionTime: before };
    const observed = { conditions: [theirs, old, { ...condition("Warning"), lastTransitionTime: before }] };
    assert.deepEqual(after(observed, gatewayStatus("gw")), { conditions: [old, theirs] });
    stays(observed, gatewayStatus("gw"));
  });

  it("never writes more conditions than a list holds", () => {
    const theirs = Array.from({ length: 8 }, (_, index) => ({
      ...condition(`example.com/${index}`),
      lastTransitionTime: before,
    }));
    assert.equal(listOf(patchOf({ conditions: theirs }, gatewayStatus("gw"))?.["conditions"]).length, 8);
    stays({ conditions: theirs }, gatewayStatus("gw"));
  });

  it("leaves fields that are not its own", () => {
    assert.deepEqual(Object.keys(patchOf({ attachedListenerSets: 3 }, gatewayStatus("gw")) ?? {}), ["conditions"]);
  });

  it("has only the listeners that the Gateway has, with the times of their conditions", () => {
    const status: ObjectStatus = {
      ...gatewayStatus("gw"),
      body: {
        kind: "gateway",
        conditions: [accepted],
        listeners: [{ name: "b", port: 80, attachedRoutes: 2, supportedKinds: [], conditions: [accepted] }],
      },
    };
    const listener = { name: "b", attachedRoutes: 1, supportedKinds: [], conditions: [old] };
    const observed = { conditions: [old], listeners: [{ ...listener, name: "a" }, listener] };
    assert.deepEqual(patchOf(observed, status), { listeners: [{ ...listener, attachedRoutes: 2 }] });
  });

  it("replaces its own entries only, and removes those of parents that are no longer named", () => {
    const stale = { parentRef: gatewayRef("before"), controllerName, conditions: [old] };
    const observed = { parents: [stale, others] };
    assert.deepEqual(patchOf(observed, routeStatus("r")), {
      parents: [
        others,
        { parentRef: gatewayRef("gw"), controllerName, conditions: [{ ...accepted, lastTransitionTime: now }] },
      ],
    });
    stays(observed, routeStatus("r"));
    const none = parentsStatus(routeStatus("r").ref, []);
    assert.deepEqual(patchOf(observed, none), { parents: [others] });
    assert.equal(patchOf({ parents: [others] }, none), undefined);
    assert.equal(patchOf(undefined, none), undefined);
  });

  it("keeps two entries for two sections of one parent apart", () => {
    const ref = routeStatus("r").ref;
    const two = ["a", "b"].map((sectionName) => ({
      ref: { ...gatewayRef("gw"), sectionName },
      conditions: [accepted],
    }));
    const entry = { parentRef: { ...gatewayRef("gw"), sectionName: "b" }, controllerName, conditions: [old] };
    const patch = patchOf({ parents: [entry] }, parentsStatus(ref, two));
    assert.deepEqual(listOf(patch?.["parents"])[1], entry);
  });

  it("says in the last entry that fits that there are more", () => {
    const parents = Array.from({ length: 40 }, (_, index) => ({
      ref: gatewayRef(`gw${index}`),
      conditions: [accepted],
    }));
    const policy = { group: "gateway.envoyproxy.io", kind: "BackendTrafficPolicy", namespace: "default", name: "p" };
    const cases: readonly (readonly [string, number, ObjectStatus])[] = [
      ["parents", 32, parentsStatus(routeStatus("r").ref, parents)],
      ["ancestors", 16, { ref: policy, generation: 1, body: { kind: "ancestors", ancestors: parents } }],
    ];
    for (const [list, limit, status] of cases) {
      const patch = patchOf({ [list]: [others] }, status);
      const entries = patch?.[list] as readonly { readonly conditions: readonly { readonly type: string }[] }[];
      assert.equal(entries.length, limit);
      assert.deepEqual(
        entries.at(-1)?.conditions.map(({ type }) => type),
        ["Accepted", "Aggregated"],
      );
      stays({ [list]: [others] }, status);
    }
  });

  it("tells whose an entry of a pool without a controller is by its Gateway", () => {
    const entry = (name: string) => ({ parentRef: gatewayRef(name), conditions: [old] });
    const observed = { parents: [entry("gw"), entry("gone"), entry("foreign")] };
    assert.deepEqual(after(observed, poolStatus("inference.networking.k8s.io", "gw")), {
      parents: [entry("foreign"), { ...entry("gw"), controllerName }],
    });
    assert.deepEqual(after(observed, poolStatus("inference.networking.k8s.io")), { parents: [entry("foreign")] });
  });

  it("replaces the entry by which v1alpha2 says that a pool has no parent, and brings it back", () => {
    const group = "inference.networking.x-k8s.io";
    const noParent = {
      parentRef: { group: "gateway.networking.k8s.io", kind: "Status", name: "default" },
      conditions: [{ ...condition("Accepted", "Unknown"), lastTransitionTime: "1970-01-01T00:00:00Z" }],
    };
    const used = after({ parent: [noParent] }, poolStatus(group, "gw")) as object;
    assert.deepEqual(used, {
      parent: [{ parentRef: gatewayRef("gw"), conditions: [{ ...accepted, lastTransitionTime: now }] }],
    });
    assert.equal(patchOf({ parent: [noParent] }, poolStatus(group)), undefined);
    const unused = after(used, poolStatus(group));
    assert.match(JSON.stringify(unused), /"kind":"Status","name":"default".*"status":"Unknown"/);
    stays(used, poolStatus(group));
  });

  it("survives whatever stands in a status", () => {
    for (const observed of [null, 3, "x", [], { parents: "x" }, { parents: [null, 3] }, { parents: [{}] }]) {
      assert.ok(patchOf(observed, routeStatus("r")), JSON.stringify(observed));
    }
    for (const observed of [{ conditions: 3 }, { conditions: [null] }, { listeners: [3], conditions: {} }]) {
      assert.ok(patchOf(observed, gatewayStatus("gw")), JSON.stringify(observed));
    }
  });
});

describe("the spelling of a status", () => {
  it("cuts a message to what a condition holds, and no character in two", () => {
    const status = gatewayStatus("gw", [condition("Accepted", "False", `${"x".repeat(32_746)}${"😀".repeat(100)}`)]);
    const message = spellStatus(status, controllerName).conditions?.[0]?.message ?? "";
    assert.ok(message.length <= 32_768);
    assert.match(message, /x \(message truncated\)\.$/);
  });

  it("names what a class supports as objects", () => {
    const status: ObjectStatus = {
      ref: { group: "gateway.networking.k8s.io", kind: "GatewayClass", namespace: "", name: "ours" },
      generation: 1,
      body: { kind: "conditions", conditions: [accepted], supportedFeatures: ["Gateway", "HTTPRoute"] },
    };
    assert.deepEqual(spellStatus(status, controllerName).supportedFeatures, [
      { name: "Gateway" },
      { name: "HTTPRoute" },
    ]);
  });
});
