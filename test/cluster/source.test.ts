/** Kubernetes resources from a real API server: what comes, what changes nothing, what comes late. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { apply, installCrds, kubectl, makeNamespace, noCluster } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";
import { sourceRig } from "../helpers/source-rig.ts";

const manifests = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: g}
spec: {gatewayClassName: c, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r}
spec: {parentRefs: [{name: g}], rules: [{backendRefs: [{name: s, port: 80}]}]}
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: rg}
spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: x}], to: [{group: "", kind: Service}]}
---
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: p}
spec: {selector: {matchLabels: {app: x}}, targetPorts: [{number: 8000}], endpointPickerRef: {name: e, port: {number: 9002}}}
---
apiVersion: v1
kind: Service
metadata: {name: s}
spec: {selector: {app: x}, ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: es, labels: {kubernetes.io/service-name: s}}
addressType: IPv4
endpoints: [{addresses: [10.1.2.3]}]
---
apiVersion: v1
kind: Pod
metadata: {name: pod, labels: {app: x}}
spec: {nodeName: nowhere, containers: [{name: c, image: none}]}
---
apiVersion: v1
kind: Secret
metadata: {name: cert}
stringData: {a: b}
---
apiVersion: v1
kind: Secret
metadata: {name: release}
type: helm.sh/release.v1
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cm}
data: {a: b}`;

test("every kind comes, follows edits, and goes", { skip: noCluster }, async (t) => {
  await installCrds("gateway");
  const { store } = await sourceRig(t);
  const namespace = await makeNamespace(t, "source");
  await apply(manifests, namespace);
  const held = () =>
    Object.entries({ ...store.configuration.get(), ...store.endpoints.get() }).flatMap(([collection, objects]) =>
      [...(objects as ReadonlyMap<string, unknown>).keys()]
        .filter((key) => key.includes(`${namespace}/`) && !key.includes("kube-root-ca.crt"))
        .map((key) => `${collection} ${key.replace(namespace, "N")}`),
    );
  const all = [
    "configMaps N/cm",
    "endpointSlices N/es",
    "gateways N/g",
    "httpRoutes N/r",
    "inferencePools v1/N/p",
    "pods N/pod",
    "referenceGrants N/rg",
    "secrets N/cert",
    "services N/s",
  ];
  // The Service's own slice has a name of the controller's making.
  const seen = () =>
    held()
      .filter((line) => !line.startsWith("endpointSlices N/s-"))
      .sort();
  await eventually("all objects", () => (seen().length === all.length ? true : undefined));
  deepEqual(seen(), all);
  ok(store.configuration.get().namespaces.has(namespace));
  const edit = JSON.stringify({ spec: { hostnames: ["a.example"] } });
  await kubectl(["patch", "httproute", "r", "-n", namespace, "--type=merge", "-p", edit]);
  const route = () => store.configuration.get().httpRoutes.get(`${namespace}/r`);
  await eventually("the edit", () => (route()?.spec.hostnames?.[0] === "a.example" ? true : undefined));
  equal(route()?.metadata.generation, 2);
  await kubectl(["delete", "httproute,service,gateway,inferencepool", "--all", "-n", namespace]);
  await eventually("the deletions", () => (seen().length === all.length - 4 ? true : undefined));
});

test("writes to a status are observed and change no resource", { skip: noCluster }, async (t) => {
  await installCrds("gateway");
  const namespace = await makeNamespace(t, "source");
  await apply(manifests, namespace);
  const { api, source, store } = await sourceRig(t);
  const key = `${namespace}/r`;
  const before = store.configuration.get().httpRoutes.get(key);
  const ref = { group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace, name: "r" };
  const seen = source.observed.get(ref);
  ok(before !== undefined && seen !== undefined);
  const resource = { ...seen.resource };
  await api.apply(
    resource,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { namespace, name: "r" },
      status: { parents: [] },
    },
    { fieldManager: "a-test", force: true, subresource: "status" },
  );
  await eventually("the status", () => (source.observed.get(ref)?.status === undefined ? undefined : true));
  await kubectl(["annotate", "httproute", "r", "-n", namespace, "kubectl.kubernetes.io/last-applied-configuration={}"]);
  const version = source.observed.get(ref)?.resourceVersion;
  await eventually("the annotation", () => (source.observed.get(ref)?.resourceVersion === version ? undefined : true), {
    timeoutMs: 2000,
  }).catch(() => {});
  equal(store.configuration.get().httpRoutes.get(key), before);
  equal(source.observed.get(ref)?.generation, 1);
});

test("a CRD that is installed late is picked up, and its kind was no reason to wait", {
  skip: noCluster,
}, async (t) => {
  const crd = "inferenceobjectives.inference.networking.x-k8s.io";
  await kubectl(["delete", "crd", crd, "--ignore-not-found"]);
  const { store, logged } = await sourceRig(t);
  equal(logged.filter((line) => line.startsWith("The kind is not installed") && line.includes(crd)).length, 1);
  const namespace = await makeNamespace(t, "source");
  await kubectl(["apply", "--server-side", "-f", `manifests/crds/${crd}.yaml`]);
  await kubectl(["wait", "--for=condition=Established", `crd/${crd}`, "--timeout=20s"]);
  const group = "inference.networking.x-k8s.io";
  await eventually(
    "the objective written",
    () =>
      apply(
        `
apiVersion: ${group}/v1alpha2
kind: InferenceObjective
metadata: {name: o}
spec: {priority: 7, poolRef: {name: p}}`,
        namespace,
      ).then(() => true),
    { timeoutMs: 20_000, everyMs: 200 },
  );
  const objective = await eventually(
    "the objective",
    () => store.configuration.get().inferenceObjectives.get(`${namespace}/o`),
    {
      timeoutMs: 15_000,
    },
  );
  equal(objective.spec.priority, 7);
  match(logged.join("\n"), /The kind is installed .*inferenceobjectives/);
});
