import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EndpointProgramming } from "../../../src/app/control/endpoint-programming.ts";
import type { EndpointIr } from "../../../src/model/ir.ts";

const endpoint = (address: string): EndpointIr => ({
  address,
  ip: "10.0.0.1",
  port: 8000,
  name: address,
  health: "healthy",
});
const ask = { gateway: "default/gw", cluster: "pool/v1/default/p", address: "10.0.0.1:8000" };

describe("EndpointProgramming", () => {
  it("takes an endpoint as programmed once the sequence that brought it is acknowledged", () => {
    const programming = new EndpointProgramming(1000);
    programming.published(ask.gateway, 7, new Map([[ask.cluster, [endpoint(ask.address)]]]), 0);
    assert.equal(programming.isProgrammed({ ...ask, acked: 6, nowMs: 10 }), false);
    assert.equal(programming.isProgrammed({ ...ask, acked: 7, nowMs: 10 }), true);
  });

  it("keeps the first sequence while later snapshots carry the same endpoint", () => {
    const programming = new EndpointProgramming(1000);
    const endpoints = new Map([[ask.cluster, [endpoint(ask.address)]]]);
    programming.published(ask.gateway, 7, endpoints, 0);
    programming.published(ask.gateway, 8, endpoints, 0);
    assert.equal(programming.isProgrammed({ ...ask, acked: 7, nowMs: 10 }), true);
  });

  it("waits for no proxy longer than the grace", () => {
    const programming = new EndpointProgramming(1000);
    programming.published(ask.gateway, 7, new Map([[ask.cluster, [endpoint(ask.address)]]]), 0);
    assert.equal(programming.isProgrammed({ ...ask, acked: undefined, nowMs: 999 }), false);
    assert.equal(programming.isProgrammed({ ...ask, acked: undefined, nowMs: 1000 }), true);
  });

  it("starts anew for an endpoint that left and came back", () => {
    const programming = new EndpointProgramming(1000);
    programming.published(ask.gateway, 7, new Map([[ask.cluster, [endpoint(ask.address)]]]), 0);
    programming.published(ask.gateway, 8, new Map([[ask.cluster, []]]), 5);
    programming.published(ask.gateway, 9, new Map([[ask.cluster, [endpoint(ask.address)]]]), 10);
    assert.equal(programming.isProgrammed({ ...ask, acked: 8, nowMs: 20 }), false);
  });

  it("does not know what was never sent", () => {
    assert.equal(new EndpointProgramming(1000).isProgrammed({ ...ask, acked: 99, nowMs: 5000 }), false);
  });
});
