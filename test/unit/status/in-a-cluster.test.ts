import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createModel } from "../../../src/model/model.ts";
import type { ObjectStatus, StatusBody } from "../../../src/model/result.ts";
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

/** Of the Gateway whose proxies are reached at `addresses`. */
function bodyOf(yaml: string, addresses: readonly string[]): StatusBody & { readonly kind: "gateway" } {
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
  return status.body;
}

/** "Accepted=True Accepted". */
function conditions(yaml: string, ...addresses: readonly string[]): readonly string[] {
  return bodyOf(yaml, addresses).conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

function addresses(yaml: string, ...given: readonly string[]): readonly string[] | undefined {
  return bodyOf(yaml, given).addresses?.map(({ value }) => value);
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

  it("is never programmed at a host name, which no Service can be given", () => {
    const named = gateway("[{value: 192.0.2.1}, {type: Hostname, value: gw.example.com}]");
    assert.deepEqual(conditions(named, "192.0.2.1"), ["Accepted=True Accepted", "Programmed=False AddressNotUsable"]);
  });

  it("shows those, not what it was given beside them", () => {
    assert.deepEqual(addresses(gateway("[{value: 192.0.2.1}]"), "192.0.2.1", "192.0.2.9"), ["192.0.2.1"]);
    assert.deepEqual(addresses(gateway("[{value: 192.0.2.1}]"), "192.0.2.9"), ["192.0.2.9"]);
    assert.deepEqual(addresses(gateway("[{type: IPAddress}]"), "192.0.2.9"), ["192.0.2.9"]);
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
