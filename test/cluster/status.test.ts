/** Statuses on a real API server: what its schemas take, and what happens beside other writers. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { before, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createKubeApi } from "../../src/kube/client.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createModel } from "../../src/model/model.ts";
import { type Log, silentLog } from "../../src/observe/log.ts";
import { startKubeSource } from "../../src/sources/kube/kube-source.ts";
import { Store } from "../../src/sources/store.ts";
import { finalStatuses } from "../../src/status/final-statuses.ts";
import { createStatusWriter, type StatusWriter } from "../../src/status/write/status-writer.ts";
import { apply, installCrds, kubeconfig, kubectl, makeNamespace, noCluster } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";

const controllerName = "example.com/status-test";
const manifests = new URL("../../manifests/crds", import.meta.url).pathname;

const classes = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: status-test}
spec: {controllerName: ${controllerName}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: status-test-theirs}
spec: {controllerName: example.com/other}
`;

const everyKind = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw}
spec:
  gatewayClassName: status-test
  listeners: [{name: http, protocol: HTTP, port: 80}, {name: strange, protocol: TCP, port: 81}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: route}
spec:
  parentRefs: [{name: gw, sectionName: http, port: 80}, {name: theirs}]
  rules:
    - matches: [{path: {value: /v1}}]
      backendRefs: [{group: inference.networking.k8s.io, kind: InferencePool, name: pool}]
    - matches: [{path: {value: /v1alpha2}}]
      backendRefs: [{group: inference.networking.x-k8s.io, kind: InferencePool, name: pool}]
    - matches: [{path: {value: /backend}}]
      backendRefs: [{group: gateway.envoyproxy.io, kind: Backend, name: backend}]
---
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: pool}
spec: {selector: {matchLabels: {app: a}}, targetPorts: [{number: 8000}]}
---
apiVersion: inference.networking.x-k8s.io/v1alpha2
kind: InferencePool
metadata: {name: pool}
spec: {selector: {app: a}, targetPortNumber: 8000, extensionRef: {name: absent}}
---
apiVersion: inference.networking.x-k8s.io/v1alpha2
kind: InferenceModel
metadata: {name: model}
spec: {modelName: m, poolRef: {name: pool}}
---
apiVersion: inference.networking.x-k8s.io/v1alpha2
kind: InferenceObjective
metadata: {name: objective}
spec: {priority: 1, poolRef: {group: inference.networking.k8s.io, name: pool}}
---
apiVersion: inference.networking.x-k8s.io/v1alpha2
kind: InferenceModelRewrite
metadata: {name: rewrite}
spec:
  poolRef: {group: inference.networking.k8s.io, name: pool}
  rules: [{matches: [{model: {value: a}}], targets: [{modelRewrite: b}]}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: {name: backend}
spec: {endpoints: [{fqdn: {hostname: backend.example.com, port: 80}}]}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: policy}
spec: {targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gw}], retry: {numRetries: 1}}
`;

const plural = {
  gateway: "gateways.gateway.networking.k8s.io",
  route: "httproutes.gateway.networking.k8s.io",
  pool: "inferencepools.inference.networking.k8s.io",
  oldPool: "inferencepools.inference.networking.x-k8s.io",
} as const;

interface Running {
  readonly writer: StatusWriter;
  readonly lines: readonly string[];
  writes: number;
}

/** The source, the model and the writer, for the objects of one namespace. */
async function run(t: TestContext, namespace: string): Promise<Running> {
  const api = await createKubeApi({ kubeconfig });
  const lines: string[] = [];
  const say = ({ text }: { readonly text?: string }): void => void lines.push(text ?? "");
  const log: Log = { ...silentLog, warn: say, child: () => log };
  const part = { api, clock: systemClock, random: Math.random, log };
  const store = new Store();
  const source = startKubeSource({ ...part, store, namespaces: [namespace], onReport: () => {} });
  const running = {
    writes: 0,
    lines,
    writer: createStatusWriter({
      ...part,
      observed: source.observed,
      controllerName,
      metrics: { wrote: () => void (running.writes += 1) },
    }),
  };
  const model = createModel({ controllerName, mode: "kubernetes" });
  const build = (): void => {
    if (!store.synced.get()) return;
    running.writer.setStatuses(finalStatuses(model.build(store.configuration.get()).statuses, new Map()));
  };
  store.synced.subscribe(build);
  store.configuration.subscribe(build);
  build();
  running.writer.setOwner(true);
  t.after(async () => {
    await running.writer.stop();
    await source.stop();
    api.close();
  });
  return running;
}

async function statusOf(namespace: string, resource: string, name: string): Promise<string> {
  return kubectl(["get", resource, name, "-n", namespace, "-o", "jsonpath={.status}"]);
}

async function says(namespace: string, resource: string, name: string, words: RegExp): Promise<string> {
  return eventually(
    `${words} in the status of ${resource} ${name}`,
    async () => {
      const status = await statusOf(namespace, resource, name);
      return words.test(status) ? status : undefined;
    },
    { timeoutMs: 20_000, everyMs: 200 },
  );
}

async function settled({ writer }: Running): Promise<void> {
  await eventually("nothing to be written", () => (writer.pending().length === 0 ? true : undefined), {
    timeoutMs: 20_000,
  });
}

const patchStatus = (namespace: string, resource: string, name: string, status: object): Promise<string> =>
  kubectl([
    ...["patch", resource, name, "-n", namespace, "--subresource=status", "--type=merge"],
    ...["-p", JSON.stringify({ status })],
  ]);

before(
  async () => {
    if (noCluster) return;
    await installCrds("gateway");
    await kubectl(["apply", "--server-side", "--force-conflicts", "-k", manifests]);
    await kubectl(["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
    await apply(classes);
  },
  { timeout: 120_000 },
);

async function everySchemaTakesIt(t: TestContext): Promise<void> {
  const namespace = await makeNamespace(t, "status");
  await apply(everyKind, namespace);
  const running = await run(t, namespace);
  await says(namespace, plural.gateway, "gw", /AddressNotAssigned/);
  await settled(running);
  deepEqual(running.lines, []);
  match(await statusOf("", "gatewayclass", "status-test"), /"reason":"Accepted".*"name":"HTTPRoute"/);
  const route = await statusOf(namespace, plural.route, "route");
  match(route, /"parentRef":\{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"gw","namespace":"status-/);
  equal(route.match(/"controllerName":"example.com\/status-test"/g)?.length, 1);
  match(await statusOf(namespace, plural.pool, "pool"), /"parents":\[\{"conditions":\[.*"type":"Accepted"/);
  match(
    await statusOf(namespace, plural.oldPool, "pool"),
    /"parent":\[\{"conditions":\[.*"kind":"Gateway","name":"gw"/,
  );
  for (const [resource, name] of [
    ["inferencemodel", "model"],
    ["inferenceobjective", "objective"],
    ["inferencemodelrewrite", "rewrite"],
    ["backends.gateway.envoyproxy.io", "backend"],
    ["backendtrafficpolicies.gateway.envoyproxy.io", "policy"],
  ] as const) {
    match(await statusOf(namespace, resource, name), /"type":"Accepted"/, resource);
  }
  const before = running.writes;
  await sleep(1_500);
  equal(running.writes, before, "it writes on although nothing changes");
}

test("the status of every kind is taken by the schemas that come with the program", { skip: noCluster }, async (t) => {
  await everySchemaTakesIt(t);
});

test("the status of every kind is taken by the schemas of their own projects", { skip: noCluster }, async (t) => {
  await installCrds("legacy", "envoy-gateway");
  await everySchemaTakesIt(t);
});

test("a status follows the object, and a pool's parents follow its routes", { skip: noCluster }, async (t) => {
  const namespace = await makeNamespace(t, "status");
  await apply(everyKind, namespace);
  const running = await run(t, namespace);
  await says(namespace, plural.pool, "pool", /"name":"gw"/);
  await kubectl([
    ...["patch", plural.gateway, "gw", "-n", namespace, "--type=json", "-p"],
    '[{"op": "remove", "path": "/spec/listeners/1"}]',
  ]);
  await says(namespace, plural.gateway, "gw", /^(?!.*strange).*"observedGeneration":2/);
  await kubectl(["delete", plural.route, "route", "-n", namespace]);
  await says(namespace, plural.pool, "pool", /^(?!.*"name":"gw")/);
  equal(await kubectl(["get", plural.pool, "pool", "-n", namespace, "-o", "jsonpath={.status.parents}"]), "[]");
  await says(namespace, plural.oldPool, "pool", /"kind":"Status","name":"default"/);
  await settled(running);
  deepEqual(running.lines, []);
});

test("other controllers' entries and conditions stay, our stale ones go", { skip: noCluster }, async (t) => {
  const namespace = await makeNamespace(t, "status");
  await apply(everyKind, namespace);
  const condition = {
    ...{ type: "example.com/Checked", status: "True", reason: "Checked", message: "theirs" },
    lastTransitionTime: "2020-01-01T00:00:00Z",
  };
  const theirs = { controllerName: "example.com/other", parentRef: { name: "theirs" }, conditions: [condition] };
  const stale = { controllerName, parentRef: { name: "before" }, conditions: [condition] };
  await patchStatus(namespace, plural.route, "route", { parents: [theirs, stale] });
  await patchStatus(namespace, plural.gateway, "gw", { conditions: [condition] });
  const running = await run(t, namespace);
  const parents = await says(namespace, plural.route, "route", /"name":"gw"/);
  match(parents, /example.com\/other/);
  equal(parents.includes('"before"'), false, "the parent that the route does not name stays");
  match(await says(namespace, plural.gateway, "gw", /AddressNotAssigned/), /example.com\/Checked/);
  await settled(running);
});

test("a controller that overwrites the same entry gets no storm for an answer", { skip: noCluster }, async (t) => {
  const namespace = await makeNamespace(t, "status");
  await apply(everyKind, namespace);
  const running = await run(t, namespace);
  await says(namespace, plural.route, "route", /status-test/);
  await settled(running);
  const before = running.writes;
  const mine = JSON.parse(await statusOf(namespace, plural.route, "route")) as { readonly parents: readonly object[] };
  const conditions = [
    {
      ...{ type: "Accepted", status: "False", reason: "Pending", message: "theirs" },
      lastTransitionTime: "2020-01-01T00:00:00Z",
    },
  ];
  const overwrite = { parents: mine.parents.map((parent) => ({ ...parent, conditions })) };
  const until = Date.now() + 8_000;
  let overwrites = 0;
  while (Date.now() < until) {
    if (!(await statusOf(namespace, plural.route, "route")).includes("theirs")) {
      await patchStatus(namespace, plural.route, "route", overwrite);
      overwrites += 1;
    }
    await sleep(50);
  }
  ok(overwrites >= 3, `${overwrites} times only: no fight to be tested`);
  ok(running.writes - before <= 8, `${running.writes - before} writes in 8 s`);
  equal(running.lines.length, 1);
  match(running.lines[0] ?? "", /HTTPRoute\/status-.*\/route does not stay as written/);
});

test("a thousand routes are written while a Gateway's status does not wait for them", {
  skip: noCluster,
}, async (t) => {
  const namespace = await makeNamespace(t, "status");
  const route = (index: number): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r${index}}
spec: {parentRefs: [{name: gw}], hostnames: [h${index}.example.com]}`;
  const routes = Array.from({ length: 1_000 }, (_, index) => route(index)).join("\n---");
  await kubectl(["create", "-n", namespace, "-f", "-"], routes);
  await apply(everyKind, namespace);
  const startMs = Date.now();
  const running = await run(t, namespace);
  await says(namespace, plural.gateway, "gw", /"attachedRoutes":1001/);
  const gatewayMs = Date.now() - startMs;
  await eventually("all written", () => (running.writer.pending().length === 0 ? true : undefined), {
    timeoutMs: 90_000,
    everyMs: 200,
  });
  const allMs = Date.now() - startMs;
  t.diagnostic(`the Gateway after ${gatewayMs} ms, all after ${allMs} ms, ${running.writes} writes`);
  ok(running.writes < 1_030, `${running.writes} writes`);
  deepEqual(running.lines, []);
});
