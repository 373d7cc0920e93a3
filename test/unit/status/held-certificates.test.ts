import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ListenerStatus, ObjectStatus } from "../../../src/model/result.ts";
import { finalStatuses, type Programming } from "../../../src/status/final-statuses.ts";

const listener = (name: string, certificates?: readonly string[]): ListenerStatus => ({
  ...{ name, port: 443, attachedRoutes: 0, supportedKinds: [], conditions: [] },
  ...(certificates && { certificates }),
});

const accepted = { type: "Accepted", status: "True", reason: "Accepted", message: "", observedGeneration: 1 } as const;
const gateway: ObjectStatus = {
  ref: { group: "gateway.networking.k8s.io", kind: "Gateway", namespace: "default", name: "gw" },
  generation: 1,
  body: {
    kind: "gateway",
    conditions: [accepted],
    listeners: [
      listener("plain"),
      listener("one", ["Secret/default/one"]),
      listener("both", ["Secret/default/one", "Secret/default/two"]),
      listener("two", ["Secret/default/two"]),
    ],
  },
};

const programming: Programming = {
  addresses: [{ type: "IPAddress", value: "127.0.0.1" }],
  proxies: 1,
  acknowledgedProxies: 1,
  acknowledgedGeneration: 1,
  lagging: [],
  held: new Map([["Secret/default/one", "no such key"]]),
};

describe("a certificate that a proxy refused", () => {
  it("makes the listeners that show it not programmed, and no other; the Gateway stays", () => {
    const [status] = finalStatuses([gateway], new Map([["default/gw", programming]]));
    assert.ok(status?.body.kind === "gateway");
    const { conditions, listeners } = status.body;
    const stateOf = (all: typeof conditions) => all.find(({ type }) => type === "Programmed");
    assert.equal(stateOf(conditions)?.status, "True");
    assert.match(stateOf(conditions)?.message ?? "", /Secret\/default\/one: no such key/);
    assert.deepEqual(
      listeners.map((one) => [one.name, stateOf(one.conditions)?.status]),
      [
        ["plain", "True"],
        ["one", "False"],
        ["both", "False"],
        ["two", "True"],
      ],
    );
  });
});
