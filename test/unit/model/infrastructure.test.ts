import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InfrastructureIr } from "../../../src/model/infrastructure.ts";
import { createModel, type ModelOptions } from "../../../src/model/model.ts";
import { resourcesFromYaml } from "../../helpers/resources-from-yaml.ts";

const controllerName = "gateway.envoyproxy.io/gatewayclass-controller";

interface World {
  readonly classRef?: string;
  readonly infrastructure?: string;
  readonly gatewaySpec?: string;
  readonly proxies?: readonly (readonly [name: string, spec: string])[];
}

function yamlOf({ classRef = "", infrastructure = "{}", gatewaySpec = "", proxies = [] }: World): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: eg }
spec:
  controllerName: ${controllerName}
  ${classRef}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: gw, namespace: team }
spec:
  gatewayClassName: eg
  infrastructure: ${infrastructure}
  listeners:
    - { name: https, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: missing }] } }
    - { name: b, port: 80, protocol: HTTP, hostname: b.example.com }
    - { name: a, port: 80, protocol: HTTP }
    - { name: db, port: 5432, protocol: TCP }
  ${gatewaySpec}
${proxies
  .map(
    ([name, spec]) => `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: { name: ${name}, namespace: team }
spec: ${spec}
`,
  )
  .join("")}`;
}

function built(world: World, mode: ModelOptions["mode"] = "kubernetes"): ReadonlyMap<string, InfrastructureIr> {
  return createModel({ controllerName, mode }).build(resourcesFromYaml(yamlOf(world))).infrastructure;
}

function one(world: World): InfrastructureIr {
  const infrastructure = built(world).get("team/gw");
  assert.ok(infrastructure);
  return infrastructure;
}

const ofClass = "parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: class, namespace: team }";
const ofGateway = "{ parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: own } }";

describe("the infrastructure of a Gateway", () => {
  it("has a port for what its listeners serve, also while a certificate is missing", () => {
    assert.deepEqual(one({}).ports, [
      { port: 80, protocol: "HTTP", listeners: ["a", "b"] },
      { port: 443, protocol: "HTTPS", listeners: ["https"] },
    ]);
  });

  it("is nobody's in a directory of files", () => {
    assert.equal(built({}, "files").size, 0);
  });

  it("carries labels, annotations and addresses", () => {
    const { labels, annotations, addresses } = one({
      infrastructure: "{ labels: { a: b }, annotations: { c: d } }",
      gatewaySpec: "addresses: [{ value: 192.0.2.1 }, { type: IPAddress }]",
    });
    assert.deepEqual(
      { labels, annotations, addresses },
      {
        labels: { a: "b" },
        annotations: { c: "d" },
        addresses: ["192.0.2.1"],
      },
    );
  });

  it("says that an address type is not supported", () => {
    const { problem } = one({ gatewaySpec: "addresses: [{ type: example.com/mast, value: x }]" });
    assert.equal(problem?.reason, "UnsupportedAddress");
  });

  it("takes the EnvoyProxy of the class, and that of the Gateway before it as a whole", () => {
    const proxies = [
      ["class", "{ concurrency: 2, extraArgs: [x] }"],
      ["own", "{ concurrency: 4 }"],
    ] as const;
    assert.equal(one({ classRef: ofClass, proxies }).proxy.concurrency, 2);
    const { proxy } = one({ classRef: ofClass, infrastructure: ofGateway, proxies });
    assert.deepEqual([proxy.concurrency, proxy.extraArgs], [4, undefined]);
  });

  it("merges the two where the Gateway's asks for it", () => {
    const container = (env: string): string =>
      `provider: { type: Kubernetes, kubernetes: { envoyDeployment: { container: { env: [${env}] } } } }`;
    const merged = (mergeType: string): unknown => {
      const { proxy } = one({
        classRef: ofClass,
        infrastructure: ofGateway,
        proxies: [
          ["class", `{ concurrency: 2, ${container("{ name: A, value: a }")} }`],
          ["own", `{ mergeType: ${mergeType}, ${container("{ name: B, value: b }")} }`],
        ],
      });
      return [proxy.concurrency, proxy.provider?.kubernetes?.envoyDeployment?.container?.env];
    };
    const a = { name: "A", value: "a" };
    const b = { name: "B", value: "b" };
    assert.deepEqual(merged("StrategicMerge"), [2, [a, b]]);
    assert.deepEqual(merged("JSONMerge"), [2, [b]]);
    assert.deepEqual(merged("Replace"), [undefined, [b]]);
  });

  it("has a problem where the EnvoyProxy does not exist or is of another kind", () => {
    assert.deepEqual(one({ infrastructure: ofGateway }).problem, {
      reason: "InvalidParameters",
      message: "Invalid parametersRef: there is no EnvoyProxy team/own",
    });
    const other = one({ infrastructure: '{ parametersRef: { group: "", kind: ConfigMap, name: own } }' });
    assert.equal(other.problem?.reason, "InvalidParameters");
    const namespaceless = one({
      classRef: "parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: class }",
    });
    assert.match(namespaceless.problem?.message ?? "", /needs a namespace/);
  });

  it("names the fields that have no effect, and none that only a default set", () => {
    const { warnings } = one({
      infrastructure: ofGateway,
      proxies: [
        [
          "own",
          "{ mergeGateways: true, routingType: Endpoint, telemetry: { metrics: { prometheus: {} } }, provider: { type: Kubernetes, kubernetes: { envoyDaemonSet: {}, envoyService: { type: ClusterIP } } } }",
        ],
      ],
    });
    assert.deepEqual(warnings, ["spec.mergeGateways", "spec.provider.kubernetes.envoyDaemonSet", "spec.telemetry"]);
  });

  it("stays the identical object while routes, policies and endpoints change", () => {
    const model = createModel({ controllerName, mode: "kubernetes" });
    const resources = resourcesFromYaml(yamlOf({}));
    const first = model.build(resources).infrastructure.get("team/gw");
    const routed = { ...resources, ...routeOnly() };
    assert.equal(model.build(routed).infrastructure.get("team/gw"), first);
  });
});

function routeOnly(): Pick<ReturnType<typeof resourcesFromYaml>, "httpRoutes"> {
  const { httpRoutes } = resourcesFromYaml(`
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: r, namespace: team }
spec: { parentRefs: [{ name: gw }], rules: [{}] }
`);
  return { httpRoutes };
}
