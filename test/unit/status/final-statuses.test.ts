import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createModel } from "../../../src/model/model.ts";
import type { ObjectStatus } from "../../../src/model/result.ts";
import type { Condition } from "../../../src/resources/condition.ts";
import { finalStatuses, type Programming } from "../../../src/status/final-statuses.ts";
import { resourcesFromYaml } from "../../helpers/resources-from-yaml.ts";

const resources = resourcesFromYaml(`
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: ours}
spec: {controllerName: example.com/ours}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw, generation: 7}
spec:
  gatewayClassName: ours
  listeners: [{name: a, protocol: HTTP, port: 80}, {name: b, protocol: HTTP, port: 81}, {name: c, protocol: TCP, port: 82}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: good}
spec: {parentRefs: [{name: gw}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: bad}
spec: {parentRefs: [{name: gw, sectionName: b}]}
`);
const statuses = createModel({ controllerName: "example.com/ours", mode: "files" }).build(resources).statuses;

const running: Programming = {
  addresses: [{ type: "IPAddress", value: "127.0.0.1" }],
  proxies: 2,
  acknowledgedProxies: 2,
  acknowledgedGeneration: 7,
  lagging: [],
  held: new Map(),
};

function programmed(programming: Programming | undefined): readonly string[] {
  const final = finalStatuses(statuses, new Map(programming === undefined ? [] : [["default/gw", programming]]));
  return final.flatMap(linesOf);
}

/** "Gateway gw True Programmed (7): message" for each condition Programmed. */
function linesOf({ ref, body }: ObjectStatus): readonly string[] {
  const line = (owner: string, conditions: readonly Condition[]): readonly string[] =>
    conditions
      .filter(({ type }) => type === "Programmed")
      .map(
        ({ status, reason, message, observedGeneration }) =>
          `${owner} ${status} ${reason} (${observedGeneration}): ${message}`,
      );
  switch (body.kind) {
    case "gateway":
      return [
        ...line(`Gateway ${ref.name}`, body.conditions),
        ...body.listeners.flatMap((listener) => line(`listener ${listener.name}`, listener.conditions)),
      ];
    case "parents":
      return body.parents.flatMap(({ conditions }) => line(`${ref.kind} ${ref.name}`, conditions));
    case "ancestors":
    case "conditions":
      return [];
  }
}

const sent = "Sending translated listener configuration to the data plane";
const unsent = "listener c False Invalid (7): Listener is invalid, see other Conditions for details.";

describe("Programmed", () => {
  it("is pending until a proxy has acknowledged anything", () => {
    const pending = "No proxy has acknowledged the configuration yet";
    const { acknowledgedGeneration: _, ...unacknowledged } = running;
    const lines = (proxies: number) => programmed({ ...unacknowledged, proxies, acknowledgedProxies: 0 });
    assert.equal(lines(0)[0], "Gateway gw False Pending (7): No proxy has connected yet");
    assert.deepEqual(lines(1), [
      `Gateway gw False Pending (7): ${pending}`,
      `listener a False Pending (7): ${pending}`,
      `listener b False Pending (7): ${pending}`,
      unsent,
    ]);
  });

  it("needs an address", () => {
    assert.equal(
      programmed(undefined)[0],
      "Gateway gw False AddressNotAssigned (7): No addresses have been assigned to the Gateway",
    );
  });

  it("is true once one proxy has acknowledged the generation, and gives the addresses", () => {
    assert.deepEqual(programmed(running), [
      "Gateway gw True Programmed (7): Address assigned to the Gateway, 2/2 envoy replicas available",
      `listener a True Programmed (7): ${sent}`,
      `listener b True Programmed (7): ${sent}`,
      unsent,
    ]);
    const [gateway] = finalStatuses(statuses, new Map([["default/gw", running]]));
    assert.ok(gateway?.body.kind === "gateway");
    assert.deepEqual(gateway.body.addresses, running.addresses);
  });

  it("stays true of the older generation until the newer one is acknowledged", () => {
    assert.match(programmed({ ...running, acknowledgedGeneration: 6 })[0] ?? "", /^Gateway gw True Programmed \(6\)/);
  });

  it("stays true when proxies leave or lag, which the message names", () => {
    assert.equal(
      programmed({ ...running, proxies: 3, acknowledgedProxies: 1, lagging: ["envoy-2", "envoy-1"] })[0],
      "Gateway gw True Programmed (7): Address assigned to the Gateway, 1/3 envoy replicas available; not up to date: envoy-1, envoy-2",
    );
    assert.match(programmed({ ...running, proxies: 0, acknowledgedProxies: 0 })[0] ?? "", /True Programmed/);
  });

  it("is false on the listeners of a refused route only, and the route says why", () => {
    const held = new Map([["HTTPRoute/default/bad", "route: invalid regex"]]);
    assert.deepEqual(programmed({ ...running, held }), [
      "Gateway gw True Programmed (7): Address assigned to the Gateway, 2/2 envoy replicas available; a proxy refused what is made from HTTPRoute/default/bad: route: invalid regex",
      `listener a True Programmed (7): ${sent}`,
      "listener b False Invalid (7): A proxy refused what is made from HTTPRoute/default/bad: route: invalid regex",
      unsent,
      "HTTPRoute bad False Invalid (1): A proxy refused it; what was accepted before stays in effect: route: invalid regex",
    ]);
  });

  it("is false on every listener where what is made from the Gateway itself was refused", () => {
    const held = new Map([["Gateway/default/gw", "listener: no"]]);
    assert.deepEqual(
      programmed({ ...running, held })
        .slice(1)
        .map((line) => line.split(" ").slice(0, 4).join(" ")),
      ["listener a False Invalid", "listener b False Invalid", "listener c False Invalid"],
    );
  });

  it("tells of a refused object that has no status of its own", () => {
    const held = new Map([["Service/default/web", "cluster: no"]]);
    assert.match(
      programmed({ ...running, held })[0] ?? "",
      /True Programmed .*; a proxy refused what is made from Service\/default\/web: cluster: no$/,
    );
  });

  it("is false where no proxy serves, with the reason that is known", () => {
    const { acknowledgedGeneration: _, ...unacknowledged } = running;
    const problem = "Cannot write Deployment a/b: over quota";
    const alone = { ...unacknowledged, proxies: 0, acknowledgedProxies: 0, problem };
    assert.equal(programmed(alone)[0], `Gateway gw False NoResources (7): ${problem}`);
    assert.equal(programmed({ ...alone, addresses: [] })[0], `Gateway gw False NoResources (7): ${problem}`);
    assert.match(programmed({ ...running, proxies: 0, problem })[0] ?? "", /False NoResources/);
  });

  it("stays true while others serve, with that reason as a note", () => {
    const problem = "Cannot configure proxy pod-3: it is Envoy 1.39.0";
    assert.equal(
      programmed({ ...running, problem })[0],
      `Gateway gw True Programmed (7): Address assigned to the Gateway, 2/2 envoy replicas available; ${problem}`,
    );
    assert.equal(
      programmed({ ...running, addresses: [], problem })[0],
      `Gateway gw False AddressNotAssigned (7): No addresses have been assigned to the Gateway; ${problem}`,
    );
  });

  it("of a refused object of another Gateway is none of this one's", () => {
    const held = new Map([["HTTPRoute/default/bad", "no"]]);
    const final = finalStatuses(
      statuses,
      new Map([
        ["default/gw", running],
        ["default/other", { ...running, held }],
      ]),
    );
    assert.ok(!JSON.stringify(final).includes("refused"));
  });

  it("of nothing that was refused leaves a route's status the identical object", () => {
    const final = finalStatuses(statuses, new Map([["default/gw", running]]));
    const routes = statuses.filter(({ ref }) => ref.kind === "HTTPRoute");
    assert.equal(routes.length, 2);
    for (const status of routes) assert.ok(final.includes(status));
  });
});
