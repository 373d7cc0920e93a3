import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ClusterEndpoints, createEndpointLane } from "../../../src/endpoints/lane.ts";
import type { EndpointIr, EndpointSourceIr } from "../../../src/model/ir.ts";
import { resourcesFromYaml } from "../../helpers/resources-from-yaml.ts";

const web = service({ portName: "http" });
const pool: ClusterEndpoints = {
  key: "pool/v1/default/pool",
  endpoints: {
    kind: "pool",
    pool: "v1/default/pool",
    namespace: "default",
    selector: { app: "vllm" },
    targetPorts: [8000, 8001],
  },
};

function service(fields: Partial<EndpointSourceIr & { readonly kind: "service" }>): ClusterEndpoints {
  return {
    key: "service/default/web/80",
    endpoints: { kind: "service", namespace: "default", name: "web", port: 80, portName: "", ...fields },
  };
}

function endpointsOf(cluster: ClusterEndpoints, yaml: string): readonly EndpointIr[] {
  return createEndpointLane().resolve([cluster], resourcesFromYaml(yaml)).get(cluster.key) ?? [];
}

function lines(endpoints: readonly EndpointIr[]): readonly string[] {
  return endpoints.map(({ address, name, health }) => `${address} ${name} ${health}`);
}

function slice(name: string, rest: string): string {
  return `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ${name}, labels: {kubernetes.io/service-name: web}}
${rest}
`;
}

function pod(name: string, { status = "{podIP: 10.0.0.1}", metadata = "" } = {}): string {
  return `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: vllm}${metadata}}
status: ${status}
`;
}

describe("the endpoints of a Service", () => {
  it("have the zones that slices say, and follow where one moves", () => {
    const inZones = (one: string, two: string) =>
      resourcesFromYaml(
        slice(
          "one",
          `addressType: IPv4
ports: [{name: http, port: 80}]
endpoints: [{addresses: [10.0.0.1]${one}}, {addresses: [10.0.0.2]${two}}]`,
        ),
      );
    const lane = createEndpointLane();
    const zonesIn = (one: string, two: string): readonly (string | undefined)[] | undefined =>
      lane
        .resolve([web], inZones(one, two))
        .get(web.key)
        ?.map(({ zone }) => zone);
    assert.deepEqual(zonesIn(", zone: a", ""), ["a", undefined]);
    assert.deepEqual(zonesIn(", zone: b", ""), ["b", undefined]);
  });

  it("are those of all its slices, at the port that has the name of the Service's port", () => {
    const yaml = [
      slice(
        "one",
        `addressType: IPv4
ports: [{name: admin, port: 9}, {name: http, port: 8080}]
endpoints: [{addresses: [10.0.0.2], targetRef: {kind: Pod, name: web-2}}, {addresses: [10.0.0.1]}]`,
      ),
      slice(
        "two",
        `addressType: IPv6
ports: [{name: http, port: 8081}]
endpoints: [{addresses: ["fd00::1"]}]`,
      ),
    ].join("---");
    assert.deepEqual(lines(endpointsOf(web, yaml)), [
      "10.0.0.1:8080 10.0.0.1:8080 healthy",
      "10.0.0.2:8080 web-2 healthy",
      "[fd00::1]:8081 [fd00::1]:8081 healthy",
    ]);
  });

  it("say which are not ready and which terminate", () => {
    const yaml = slice(
      "one",
      `addressType: IPv4
ports: [{name: http, port: 80}]
endpoints:
  - {addresses: [10.0.0.1], conditions: {ready: false}}
  - {addresses: [10.0.0.2], conditions: {ready: false, serving: true, terminating: true}}
  - {addresses: [10.0.0.3], conditions: {ready: true}}`,
    );
    assert.deepEqual(
      endpointsOf(web, yaml).map(({ health }) => health),
      ["unhealthy", "draining", "healthy"],
    );
  });

  it("are none where no slice has the port, or addresses are names", () => {
    const noPort = slice(
      "one",
      "addressType: IPv4\nports: [{name: admin, port: 9}]\nendpoints: [{addresses: [10.0.0.1]}]",
    );
    assert.deepEqual(endpointsOf(web, noPort), []);
    const names = slice(
      "one",
      "addressType: FQDN\nports: [{name: http, port: 9}]\nendpoints: [{addresses: [a.example.com]}]",
    );
    assert.deepEqual(endpointsOf(web, names), []);
  });

  it("are each address once, the healthiest of its kind", () => {
    const yaml = [
      slice(
        "one",
        "addressType: IPv4\nports: [{port: 80}]\nendpoints: [{addresses: [10.0.0.1], conditions: {ready: false}}]",
      ),
      slice("two", "addressType: IPv4\nports: [{port: 80}]\nendpoints: [{addresses: [10.0.0.1]}]"),
    ].join("---");
    assert.deepEqual(lines(endpointsOf(service({}), yaml)), ["10.0.0.1:80 10.0.0.1:80 healthy"]);
  });

  it("are its Pods with files, as long as it has no slice", () => {
    const withPods = service({ pods: { selector: { app: "vllm" }, targetPort: 8080 } });
    assert.deepEqual(lines(endpointsOf(withPods, pod("a"))), ["10.0.0.1:8080 a healthy"]);
    const both = `${pod("a")}---${slice("one", "addressType: IPv4\nports: [{port: 80}]\nendpoints: []")}`;
    assert.deepEqual(endpointsOf(withPods, both), []);
  });
});

describe("the endpoints of a pool", () => {
  it("are its Pods, each at every target port", () => {
    assert.deepEqual(lines(endpointsOf(pool, pod("a"))), ["10.0.0.1:8000 a healthy", "10.0.0.1:8001 a healthy"]);
  });

  it("have the Pod's own port where it names one", () => {
    const yaml = pod("a", { metadata: ', annotations: {antechamber.dev/target-port: "9000"}' });
    assert.deepEqual(lines(endpointsOf(pool, yaml)), ["10.0.0.1:9000 a healthy"]);
    const bad = pod("a", { metadata: ', annotations: {antechamber.dev/target-port: "90000"}' });
    assert.equal(endpointsOf(pool, bad).length, 2);
  });

  it("are of its namespace and carry all its labels", () => {
    const elsewhere = pod("a", { metadata: ", namespace: other" });
    assert.deepEqual(endpointsOf(pool, elsewhere), []);
    const unlabelled = pod("a").replace("app: vllm", "app: web");
    assert.deepEqual(endpointsOf(pool, unlabelled), []);
  });

  it("say which Pods are not ready and which terminate; those without an address or that ended are left out", () => {
    const yaml = [
      pod("a", { status: '{podIP: 10.0.0.1, conditions: [{type: Ready, status: "False"}]}' }),
      pod("b", {
        status: "{podIP: 10.0.0.2}",
        metadata: ', deletionTimestamp: "2024-01-01T00:00:00Z"',
      }),
      pod("c", { status: "{}" }),
      pod("d", { status: "{podIP: 10.0.0.4, phase: Failed}" }),
    ].join("---");
    assert.deepEqual(
      endpointsOf(pool, yaml).map(({ name, health }) => `${name} ${health}`),
      ["a unhealthy", "a unhealthy", "b draining", "b draining"],
    );
  });
});

describe("the lane", () => {
  it("leaves the identical array where a cluster's endpoints did not change", () => {
    const lane = createEndpointLane();
    const first = lane.resolve([web, pool], resourcesFromYaml(pod("a")));
    const labelled = resourcesFromYaml(pod("a").replace("app: vllm", "app: vllm, more: x"));
    const second = lane.resolve([web, pool], labelled);
    assert.equal(second.get(pool.key), first.get(pool.key));
    const third = lane.resolve(
      [web, pool],
      resourcesFromYaml(`${pod("a")}---${pod("b", { status: "{podIP: 10.0.0.2}" })}`),
    );
    assert.notEqual(third.get(pool.key), first.get(pool.key));
    assert.equal(third.get(web.key), first.get(web.key));
  });

  it("does not read slices again that stay, when others come or change", () => {
    const own = resourcesFromYaml(
      slice("own", "addressType: IPv4\nendpoints: [{addresses: [10.0.0.1]}]\nports: [{name: http, port: 8000}]"),
    );
    const [[key, read] = []] = [...own.endpointSlices];
    assert.ok(key !== undefined && read !== undefined);
    let reads = 0;
    const watched = Object.defineProperty({ ...read }, "endpoints", {
      get: () => {
        reads++;
        return read.endpoints;
      },
    });
    const lane = createEndpointLane();
    lane.resolve([web], { ...own, endpointSlices: new Map([[key, watched]]) });
    assert.equal(reads, 1);
    const other = { ...read, metadata: { ...read.metadata, labels: { "kubernetes.io/service-name": "other" } } };
    const endpointSlices = new Map([
      ["default/other", other],
      [key, watched],
    ]);
    const resolved = lane.resolve([web], { ...own, endpointSlices });
    assert.equal(reads, 1);
    assert.deepEqual(lines(resolved.get(web.key) ?? []), ["10.0.0.1:8000 10.0.0.1:8000 healthy"]);
  });

  it("gives every cluster that is asked for, also without endpoints", () => {
    const resolved = createEndpointLane().resolve([web, pool], resourcesFromYaml(""));
    assert.deepEqual(
      [...resolved],
      [
        [web.key, []],
        [pool.key, []],
      ],
    );
  });
});
