import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createModel } from "../../../src/model/model.ts";
import { finalStatuses, type Programming } from "../../../src/status/final-statuses.ts";
import { type HeldEvent, heldEvents } from "../../../src/status/held-events.ts";
import { resourcesFromYaml } from "../../helpers/resources-from-yaml.ts";

const statuses = createModel({ controllerName: "example.com/ours", mode: "kubernetes" }).build(
  resourcesFromYaml(`
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: ours}
spec: {controllerName: example.com/ours}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw}
spec:
  gatewayClassName: ours
  listeners: [{name: http, protocol: HTTP, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: good}
spec: {parentRefs: [{name: gw}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: bad}
spec: {parentRefs: [{name: gw}]}
`),
).statuses;

function withHeld(...held: readonly (readonly [string, string])[]): ReturnType<typeof finalStatuses> {
  const programming: Programming = {
    addresses: [{ type: "IPAddress", value: "192.0.2.1" }],
    proxies: 1,
    acknowledgedProxies: 1,
    acknowledgedGeneration: 1,
    lagging: [],
    held: new Map(held),
  };
  return finalStatuses(statuses, new Map([["default/gw", programming]]));
}

function lines(events: readonly HeldEvent[]): readonly string[] {
  return events.map(({ ref, type, reason, note }) => `${ref.kind}/${ref.name} ${type} ${reason}: ${note}`);
}

const bad = ["HTTPRoute/default/bad", "regex too large"] as const;

describe("events of what proxies refuse", () => {
  it("tell of a refusal on the object and on the listener", () => {
    assert.deepEqual(lines(heldEvents(withHeld(), withHeld(bad))), [
      "Gateway/gw Warning Refused: Listener http: A proxy refused what is made from HTTPRoute/default/bad: regex too large",
      "HTTPRoute/bad Warning Refused: Gateway default/gw: A proxy refused it; what was accepted before stays in effect: regex too large",
    ]);
  });

  it("are not repeated while nothing changes", () => {
    assert.deepEqual(heldEvents(withHeld(bad), withHeld(bad)), []);
    assert.deepEqual(heldEvents([], withHeld()), []);
  });

  it("tell of another reason", () => {
    assert.equal(heldEvents(withHeld(bad), withHeld(["HTTPRoute/default/bad", "another"])).length, 2);
  });

  it("tell that it is taken again", () => {
    assert.deepEqual(lines(heldEvents(withHeld(bad), withHeld())), [
      "Gateway/gw Normal TakenAgain: Listener http: no proxy refuses it any more",
      "HTTPRoute/bad Normal TakenAgain: Gateway default/gw: no proxy refuses it any more",
    ]);
  });

  it("leave the routes that nobody refuses the identical objects", () => {
    const good = (list: ReturnType<typeof withHeld>) => list.find(({ ref }) => ref.name === "good");
    assert.equal(good(withHeld(bad)), good(statuses));
  });

  it("are none for an object that is gone", () => {
    const gone = withHeld().filter(({ ref }) => ref.name !== "bad");
    assert.deepEqual(
      heldEvents(withHeld(bad), gone).map(({ ref }) => ref.kind),
      ["Gateway"],
    );
  });
});
