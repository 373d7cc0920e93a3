import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { statusesAsObserved } from "../../../src/app/serve/as-observed.ts";
import { createModel } from "../../../src/model/model.ts";
import { finalStatuses } from "../../../src/status/final-statuses.ts";
import { statusPatch } from "../../../src/status/write/merge.ts";
import { spellStatus } from "../../../src/status/write/spell.ts";
import { resourcesFromYaml } from "../../helpers/resources-from-yaml.ts";

const controllerName = "example.com/ours";
const resources = resourcesFromYaml(`
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: ours}
spec: {controllerName: ${controllerName}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw, generation: 7}
spec:
  gatewayClassName: ours
  listeners: [{name: a, protocol: HTTP, port: 80}, {name: c, protocol: TCP, port: 82}]
`);
const statuses = createModel({ controllerName, mode: "kubernetes" }).build(resources).statuses;
const gateways = statuses.filter(({ ref }) => ref.kind === "Gateway");

const held = { object: "HTTPRoute/default/bad", reason: "no such filter" };
const served = finalStatuses(
  gateways,
  new Map([
    [
      "default/gw",
      {
        addresses: [{ type: "IPAddress", value: "10.0.0.1" }],
        proxies: 2,
        acknowledgedProxies: 1,
        acknowledgedGeneration: 7,
        lagging: ["proxy-2"],
        held: new Map([[held.object, held.reason]]),
      } as const,
    ],
  ]),
);

/** What would be written to an object that says `observed`. */
function patchOf(observed: unknown): unknown {
  const [status] = statusesAsObserved(gateways, () => observed);
  assert.ok(status);
  const context = { controllerName, now: "2026-01-01T00:00:00Z", isForeignGateway: () => false };
  return statusPatch(observed, spellStatus(status, controllerName), context);
}

/** As the API server has it once `status` is written. */
function written(): Readonly<Record<string, unknown>> {
  const [status] = served;
  assert.ok(status);
  const context = { controllerName, now: "2025-01-01T00:00:00Z", isForeignGateway: () => false };
  return statusPatch({}, spellStatus(status, controllerName), context) ?? {};
}

describe("statuses without proxies", () => {
  it("change nothing of a Gateway whose proxies serve it", () => {
    assert.equal(patchOf(written()), undefined);
  });

  it("claim neither an address nor that there is none", () => {
    const patch = JSON.stringify(patchOf({}));
    assert.match(patch, /"Accepted"/);
    assert.doesNotMatch(patch, /"addresses"|AddressNotAssigned|Pending/);
  });

  it("say of a listener that is sent to no proxy what is known without one", () => {
    assert.match(JSON.stringify(patchOf({})), /"type":"Programmed","status":"False","reason":"Invalid"/);
  });

  it("correct what the model knows better", () => {
    const observed = written();
    const conditions = [{ type: "Accepted", status: "False", reason: "Pending", message: "", observedGeneration: 1 }];
    assert.deepEqual(Object.keys(patchOf({ ...observed, conditions }) as object), ["conditions"]);
  });
});
