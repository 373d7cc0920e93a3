import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addressesOf, podsProblem } from "../../../src/infra/kube/gateway-state.ts";
import { gatewayProblems } from "../../../src/infra/kube/problems.ts";

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

function deployment(...conditions: readonly Readonly<Record<string, string>>[]) {
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace: "a", name: "b" }, status: { conditions } };
}

describe("what is wrong with a Gateway's Pods", () => {
  const late = { type: "Progressing", status: "False", message: 'ReplicaSet "b-1" has timed out progressing.' };
  const refused = { type: "ReplicaFailure", status: "True", message: 'pods "b-1-x" is forbidden: exceeded quota: q' };

  it("is why they are not made, and else that they are not ready in time", () => {
    assert.equal(podsProblem(deployment(late, refused)), `Deployment a/b: ${refused.message}`);
    assert.equal(podsProblem(deployment(late)), `Deployment a/b: ${late.message}`);
  });

  it("is nothing while they are made, once they run, and before a Deployment says anything", () => {
    const fine = { type: "Progressing", status: "True", message: "" };
    const down = { type: "Available", status: "False", message: "Deployment does not have minimum availability." };
    assert.equal(podsProblem(deployment(fine, down, { ...refused, status: "False" })), undefined);
    assert.equal(podsProblem(deployment()), undefined);
    assert.equal(podsProblem(undefined), undefined);
  });
});

describe("what is wrong with a Gateway's proxies", () => {
  const old = { node: "pod-1", gateway: "default/eg", problem: "pod-1 is Envoy 1.39.0", atMs: 1_000 };
  const running = new Map([["default/eg", {}]]);

  it("is that one was sent away, while it comes back", () => {
    assert.deepEqual([...gatewayProblems(running, [old], 30_000)], [["default/eg", "pod-1 is Envoy 1.39.0"]]);
    assert.deepEqual([...gatewayProblems(running, [old], 61_000)], []);
  });

  it("names the same of several, in whatever order they come back", () => {
    const other = { ...old, node: "pod-2", problem: "pod-2 is Envoy 1.39.0" };
    const problems = [
      [old, other],
      [other, old],
    ].map((rejections) => gatewayProblems(running, rejections, 2_000).get("default/eg"));
    assert.deepEqual(problems, ["pod-1 is Envoy 1.39.0", "pod-1 is Envoy 1.39.0"]);
  });

  it("begins with the object that could not be written", () => {
    const refused = new Map([["default/eg", { problem: "Cannot write Deployment a/b: over quota" }]]);
    assert.equal(
      gatewayProblems(refused, [old], 2_000).get("default/eg"),
      "Cannot write Deployment a/b: over quota; pod-1 is Envoy 1.39.0",
    );
  });

  it("is nothing of a Gateway that is not there", () => {
    assert.deepEqual([...gatewayProblems(new Map(), [old], 2_000)], []);
  });
});
