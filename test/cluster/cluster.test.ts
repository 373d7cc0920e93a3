/** What the other tests here rely on, beyond the smoke. */
import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import {
  apply,
  installCrds,
  kubeconfig,
  kubectl,
  makeNamespace,
  noCluster,
  podsReady,
  startComponent,
  stopComponent,
} from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";

const sims = (replicas: number): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: sim}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: sim}}
  template:
    metadata: {labels: {app: sim}}
    spec:
      terminationGracePeriodSeconds: 3
      containers:
        - name: sim
          image: antechamber:test
          args: [sim, --host, 0.0.0.0, --port, "8000"]
          readinessProbe: {httpGet: {path: /health, port: 8000}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: sim}
spec: {type: LoadBalancer, selector: {app: sim}, ports: [{port: 80, targetPort: 8000}]}`;

const read = (namespace: string, path: string): Promise<string> =>
  kubectl(["get", "service", "sim", "-n", namespace, "-o", `jsonpath=${path}`]);

test("a load balancer has an address, and refuses while no Pod is ready", { skip: noCluster }, async (t) => {
  const namespace = await makeNamespace(t, "balancer");
  await apply(sims(2), namespace);
  await podsReady(namespace, "app=sim", 2);
  const ip = await eventually(
    "its address",
    async () => (await read(namespace, "{.status.loadBalancer.ingress[0].ip}")) || undefined,
  );
  await eventually("an answer", async () => ((await fetch(`http://${ip}/health`)).ok ? true : undefined));
  await apply(sims(0), namespace);
  await eventually("a refusal", () => refusal(`http://${ip}/health`));
  await eventually("a refusal", async () => refusal(`http://${await read(namespace, "{.spec.clusterIP}")}/health`));
  await apply(sims(1), namespace);
  await eventually("an answer again", async () => ((await fetch(`http://${ip}/health`)).ok ? true : undefined), {
    timeoutMs: 20_000,
  });
});

test("Pods serve on while the API server is away", { skip: noCluster }, async (t) => {
  const namespace = await makeNamespace(t, "away");
  await apply(sims(1), namespace);
  await podsReady(namespace, "app=sim", 1);
  const ip = await read(namespace, "{.spec.clusterIP}");
  await stopComponent("apiserver");
  equal((await fetch(`http://${ip}/health`)).status, 200);
  await startComponent("apiserver");
  await eventually("the API server", () => kubectl(["get", "--raw", "/readyz"]), { timeoutMs: 30_000, everyMs: 200 });
  await podsReady(namespace, "app=sim", 1);
});

test("CRDs of every set are accepted side by side", { skip: noCluster }, async () => {
  await installCrds("gateway", "legacy", "envoy-gateway");
  const names = (await kubectl(["get", "crds", "-o", "name"])).split("\n");
  const wanted = [
    "httproutes.gateway.networking.k8s.io",
    "inferencepools.inference.networking.k8s.io",
    "inferencemodels.inference.networking.x-k8s.io",
    "backendtrafficpolicies.gateway.envoyproxy.io",
  ];
  deepEqual(
    wanted.filter((name) => !names.includes(`customresourcedefinition.apiextensions.k8s.io/${name}`)),
    [],
  );
});

test("the administrator's kubeconfig names the API server of this cluster", { skip: noCluster }, async () => {
  match(await kubectl(["config", "view", "--kubeconfig", kubeconfig]), /10\.88\.0\.1:16443/);
});

async function refusal(url: string): Promise<true | undefined> {
  try {
    await fetch(url);
    return undefined;
  } catch (error) {
    return error instanceof Error && /ECONNREFUSED/.test(String(error.cause)) ? true : undefined;
  }
}
