/** The test cluster itself: if this fails, look there before you look at any other test here. */
import { equal, ok, rejects } from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { apply, kubectl, makeNamespace, noCluster, podsReady, resolve } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";

const service = `
apiVersion: v1
kind: Service
metadata: {name: sim}
spec: {selector: {app: sim}, ports: [{name: http, port: 80, targetPort: 8000}]}`;

const sim = (name: string, more: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: sim}}
spec:
  terminationGracePeriodSeconds: 20
  containers:
    - name: sim
      image: antechamber:test
      args: [sim, --host, 0.0.0.0, --port, "8000"]
      readinessProbe: {httpGet: {path: /health, port: 8000}, periodSeconds: 1}
${more}`;

async function simPod(t: TestContext, more = ""): Promise<{ readonly namespace: string; readonly ip: string }> {
  const namespace = await makeNamespace(t, "smoke");
  await apply(`${service}\n---${sim("sim", more)}`, namespace);
  await podsReady(namespace, "app=sim", 1);
  const ip = await kubectl(["get", "service", "sim", "-n", namespace, "-o", "jsonpath={.spec.clusterIP}"]);
  await eventually("an answer through the ClusterIP", () => fetch(`http://${ip}/health`));
  return { namespace, ip };
}

test("the API server answers", { skip: noCluster }, async () => {
  equal(await kubectl(["get", "--raw", "/readyz"]), "ok");
});

test("a Pod answers through the ClusterIP of its Service, which its name leads to", { skip: noCluster }, async (t) => {
  const { namespace, ip } = await simPod(t);
  equal((await fetch(`http://${ip}/v1/models`)).status, 200);
  equal((await resolve(`sim.${namespace}.svc.cluster.local`)).join(), ip);
});

test("a Pod that is deleted runs its preStop hook while it still serves, then gets SIGTERM", {
  skip: noCluster,
}, async (t) => {
  const hook = "      lifecycle: {preStop: {exec: {command: [sleep, '2']}}}";
  const { namespace, ip } = await simPod(t, hook);
  const began = performance.now();
  await kubectl(["delete", "pod", "sim", "-n", namespace, "--wait=false"]);
  await eventually("an endpoint that serves and terminates", async () => {
    const conditions = "jsonpath={.items[*].endpoints[*].conditions}";
    const seen = await kubectl(["get", "endpointslices", "-n", namespace, "-o", conditions]);
    return seen === '{"ready":false,"serving":true,"terminating":true}' ? true : undefined;
  });
  equal((await fetch(`http://${ip}/health`)).status, 200);
  ok((await kubectl(["logs", "-n", namespace, "sim"])).includes("8000"));
  await kubectl(["wait", "--for=delete", "pod/sim", "-n", namespace, "--timeout=30s"]);
  const tookMs = performance.now() - began;
  ok(tookMs >= 2000 && tookMs < 15_000, `took ${tookMs} ms`);
  await rejects(fetch(`http://${ip}/health`));
});
