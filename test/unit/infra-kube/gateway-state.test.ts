import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addressesOf } from "../../../src/infra/kube/gateway-state.ts";
import { rejectedProxies } from "../../../src/infra/kube/rejected-proxies.ts";

function values(spec: Readonly<Record<string, unknown>>, ingress?: readonly unknown[]): readonly string[] {
  const status = ingress === undefined ? {} : { status: { loadBalancer: { ingress } } };
  const service = { apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec, ...status };
  return addressesOf(service).map(({ type, value }) => `${type} ${value}`);
}

describe("the addresses of a Service", () => {
  it("are what was asked for and its load balancer's, else the cluster's", () => {
    const inside = { clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1", "fd00::1"] };
    const asked = { ...inside, externalIPs: ["192.0.2.1"] };
    assert.deepEqual(values({ type: "LoadBalancer", ...asked }, [{ ip: "192.0.2.9" }, { ip: "192.0.2.1" }]), [
      "IPAddress 192.0.2.1",
      "IPAddress 192.0.2.9",
    ]);
    assert.deepEqual(values({ type: "LoadBalancer", ...inside }, [{ hostname: "lb.example.com" }]), [
      "Hostname lb.example.com",
    ]);
    assert.deepEqual(values({ type: "LoadBalancer", ...asked }), ["IPAddress 192.0.2.1"]);
    assert.deepEqual(values({ type: "ClusterIP", ...inside }), ["IPAddress 10.0.0.1", "IPAddress fd00::1"]);
    assert.deepEqual(values({ type: "NodePort", clusterIP: "10.0.0.1" }), ["IPAddress 10.0.0.1"]);
  });

  it("are none while a load balancer has not answered, or the Service has no address at all", () => {
    assert.deepEqual(values({ type: "LoadBalancer", clusterIP: "10.0.0.1" }, []), []);
    assert.deepEqual(values({ type: "ClusterIP", clusterIP: "None", clusterIPs: ["None"] }), []);
  });
});

describe("proxies that are sent away", () => {
  it("are a problem of their Gateway while they come back", () => {
    const rejection = { node: "pod-1", gateway: "default/eg", problem: "Envoy 1.39.0, 1.40 is needed", atMs: 1_000 };
    assert.deepEqual([...rejectedProxies([rejection], 30_000)], [["default/eg", "Envoy 1.39.0, 1.40 is needed"]]);
    assert.deepEqual([...rejectedProxies([rejection], 61_000)], []);
  });
});
