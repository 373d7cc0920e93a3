import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRefusalEvents } from "../../../src/app/serve/refusal-events.ts";
import type { KubeResource } from "../../../src/kube/api.ts";
import type { KubeEvent } from "../../../src/kube/events.ts";
import { condition, routeStatus } from "../../helpers/make-status.ts";

const taken = [routeStatus("web")];
const refused = [routeStatus("web", [condition("Programmed", "False", "A proxy refused it: regex too large")])];
const resource: KubeResource = {
  ...{ group: "gateway.networking.k8s.io", version: "v1", kind: "HTTPRoute", plural: "httproutes" },
  scope: "Namespaced",
};

/** One replica, and what it has recorded. */
function replica() {
  const recorded: KubeEvent[] = [];
  const state = { isOwner: true, exists: true };
  const tell = createRefusalEvents({
    recorder: { record: (event) => void recorded.push(event) },
    observed: {
      get: () => (state.exists ? { uid: "uid-1", resourceVersion: "1", status: {}, resource } : undefined),
    },
    isOwner: () => state.isOwner,
  });
  const lines = (): readonly string[] => recorded.map(({ type, reason, note }) => `${type} ${reason} ${note}`);
  return { recorded, state, tell, lines };
}

describe("Events of refusals", () => {
  it("are about the object as the API server knows it", () => {
    const { tell, recorded } = replica();
    tell(refused);
    assert.deepEqual(recorded[0]?.regarding, {
      ...{ apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", namespace: "default", name: "web" },
      uid: "uid-1",
    });
  });

  it("tell when a proxy refuses something, once, and when none does any more", () => {
    const { tell, lines } = replica();
    for (const statuses of [taken, refused, [...refused], taken, [...taken]]) tell(statuses);
    assert.deepEqual(lines(), [
      "Warning Refused Gateway default/gw: A proxy refused it: regex too large",
      "Normal TakenAgain Gateway default/gw: no proxy refuses it any more",
    ]);
  });

  it("are the owner's to write, who tells of what is news since it owns", () => {
    const { tell, lines, state } = replica();
    state.isOwner = false;
    tell(refused);
    assert.deepEqual(lines(), []);
    state.isOwner = true;
    tell([...refused]);
    assert.deepEqual(lines(), []);
    tell(taken);
    assert.equal(lines().length, 1);
  });

  it("are none of an object that is gone", () => {
    const { tell, lines, state } = replica();
    state.exists = false;
    tell(refused);
    assert.deepEqual(lines(), []);
  });
});
