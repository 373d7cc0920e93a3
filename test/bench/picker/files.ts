/**
 * What `ante up` reads: one Gateway, one host, and a rule for each arm that differs in its model alone. The body is
 * read for the model on all of them.
 */
import { poolV1, toPoolV1 } from "../../helpers/inference-manifests.ts";
import { gateway, gatewayClass, httpRoute, type Manifest, toService, yaml } from "../../helpers/manifests.ts";
import { podsYaml } from "../../helpers/scenario.ts";
import { type Arm, arms, modelOf } from "./arm.ts";

const labels = { app: "bench" };
const pools = { pool: "bench-pool", body: "bench-body" } as const;
const service = "bench-service";

export function pickerFiles(port: number, servers: readonly number[]): Readonly<Record<string, string>> {
  const rules = arms.map((arm) => ({
    matches: [{ headers: [{ name: "X-Gateway-Model-Name", value: modelOf(arm) }] }],
    backendRefs: [target(arm)],
  }));
  return {
    "gateway.yaml": yaml(gatewayClass(), gateway("bench", port), httpRoute("bench", { parent: "bench" }, rules)),
    "pools.yaml": yaml(poolV1(pools.pool, { selector: labels }), poolV1(pools.body, { selector: labels }), rewrite()),
    "service.yaml": yaml(...manyPorts(servers)),
    "pods.yaml": podsYaml(servers, labels),
  };
}

/** Only the scraping of so many servers. */
export function idleFiles(port: number, servers: readonly number[]): Readonly<Record<string, string>> {
  const rules = [{ backendRefs: [toPoolV1(pools.pool)] }];
  return {
    "gateway.yaml": yaml(gatewayClass(), gateway("bench", port), httpRoute("bench", { parent: "bench" }, rules)),
    "pools.yaml": yaml(poolV1(pools.pool, { selector: labels })),
    "pods.yaml": podsYaml(servers, labels),
  };
}

function target(arm: Arm): Manifest {
  return arm === "plain" ? toService(service) : toPoolV1(pools[arm]);
}

/** The servers know another name than clients use: the picker gets the body and sends back another. */
function rewrite(): Manifest {
  return {
    apiVersion: "inference.networking.x-k8s.io/v1alpha2",
    kind: "InferenceModel",
    metadata: { name: modelOf("body") },
    spec: {
      modelName: modelOf("body"),
      poolRef: { group: "inference.networking.k8s.io", kind: "InferencePool", name: pools.body },
      targetModels: [{ name: "served-model" }],
    },
  };
}

/** Of one address and many ports, so each has an EndpointSlice. */
function manyPorts(servers: readonly number[]): readonly Manifest[] {
  return [
    { apiVersion: "v1", kind: "Service", metadata: { name: service }, spec: { ports: [{ port: 80 }] } },
    ...servers.map((port) => ({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${service}-${port}`, labels: { "kubernetes.io/service-name": service } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["127.0.0.1"] }],
      ports: [{ port }],
    })),
  ];
}
