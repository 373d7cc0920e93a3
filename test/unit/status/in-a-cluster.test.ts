import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createModel } from "../../../src/model/model.ts";
import type { ObjectStatus } from "../../../src/model/result.ts";
import { finalStatuses, type Programming } from "../../../src/status/final-statuses.ts";
import { resourcesFromYaml } from "../../helpers/resources-from-yaml.ts";

const controllerName = "example.com/ours";

function statusesOf(yaml: string): readonly ObjectStatus[] {
  return createModel({ controllerName, mode: "kubernetes" }).build(
    resourcesFromYaml(`
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: ours}
spec: {controllerName: example.com/ours}
---
${yaml}`),
  ).statuses;
}

const gateway = (addresses: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw}
spec:
  gatewayClassName: ours
  listeners: [{name: http, protocol: HTTP, port: 80}]
  addresses: ${addresses}
`;

/** "Accepted=True Accepted", of the Gateway whose proxies are reached at `addresses`. */
function conditions(yaml: string, ...addresses: readonly string[]): readonly string[] {
  const programming: Programming = {
    addresses: addresses.map((value) => ({ type: "IPAddress", value })),
    proxies: 1,
    acknowledgedProxies: 1,
    acknowledgedGeneration: 1,
    lagging: [],
    held: new Map(),
  };
  const status = finalStatuses(statusesOf(yaml), new Map([["default/gw", programming]])).find(
    ({ ref }) => ref.kind === "Gateway",
  );
  assert.ok(status?.body.kind === "gateway");
  return status.body.conditions.map(({ type, status: state, reason }) => `${type}=${state} ${reason}`);
}

describe("a Gateway that asks for addresses", () => {
  const two = gateway("[{value: 192.0.2.1}, {value: 192.0.2.2}]");

  it("is programmed when it has them all", () => {
    const good = ["Accepted=True Accepted", "Programmed=True Programmed"];
    assert.deepEqual(conditions(two, "192.0.2.2", "192.0.2.1"), good);
    assert.deepEqual(conditions(gateway("[{type: IPAddress}]"), "192.0.2.9"), good);
  });

  it("is accepted and not programmed while one is missing", () => {
    const bad = ["Accepted=True Accepted", "Programmed=False AddressNotUsable"];
    assert.deepEqual(conditions(two, "192.0.2.1"), bad);
    assert.deepEqual(conditions(two), bad);
  });

  it("has none assigned where it asks for any", () => {
    const none = ["Accepted=True Accepted", "Programmed=False AddressNotAssigned"];
    assert.deepEqual(conditions(gateway("[{type: IPAddress}]")), none);
  });

  it("is not accepted with a type of address that is not known", () => {
    const bad = ["Accepted=False UnsupportedAddress", "Programmed=False Invalid"];
    assert.deepEqual(conditions(gateway("[{type: example.com/mast, value: x}]"), "192.0.2.1"), bad);
  });
});

describe("a GatewayClass", () => {
  it("names what is supported, sorted and each once", () => {
    const body = statusesOf(gateway("[]")).find(({ ref }) => ref.kind === "GatewayClass")?.body;
    assert.ok(body?.kind === "conditions");
    const features = body.supportedFeatures ?? [];
    assert.deepEqual(features, [...new Set(features)].sort());
    for (const core of ["Gateway", "HTTPRoute", "ReferenceGrant"]) assert.ok(features.includes(core), core);
    assert.ok(features.length <= 64, "more than the CRD takes");
  });
});
