import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { KubeError, type KubeObject, type KubeResource } from "../../../src/kube/api.ts";
import { silentLog } from "../../../src/observe/log.ts";
import { apiVersionOf, type KindDeclaration } from "../../../src/resources/kind.ts";
import { findKind, kinds } from "../../../src/resources/kind-table.ts";
import { startKubeSource } from "../../../src/sources/kube/kube-source.ts";
import type { KubeReport } from "../../../src/sources/kube/report.ts";
import { Store } from "../../../src/sources/store.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { FakeKube } from "../../helpers/fake-kube.ts";

function resourceOf(apiVersion: string, kind: string): KubeResource {
  const declared = findKind(apiVersion, kind) as KindDeclaration;
  const { group, plural, scope } = declared;
  return { group, version: apiVersion.split("/").at(-1) ?? "", kind, plural, scope };
}

const routes = resourceOf("gateway.networking.k8s.io/v1", "HTTPRoute");
const classes = resourceOf("gateway.networking.k8s.io/v1", "GatewayClass");
const pools = resourceOf("inference.networking.k8s.io/v1", "InferencePool");
const oldPools = resourceOf("inference.networking.x-k8s.io/v1alpha2", "InferencePool");
const pods = resourceOf("v1", "Pod");
const secrets = resourceOf("v1", "Secret");
const namespaces = resourceOf("v1", "Namespace");

function object(resource: KubeResource, name: string, fields: object, metadata: object = {}): KubeObject {
  const { kind, scope, group, version } = resource;
  const namespace = scope === "Namespaced" ? { namespace: "default" } : {};
  const apiVersion = group === "" ? version : `${group}/${version}`;
  return { apiVersion, kind, metadata: { name, ...namespace, ...metadata }, ...fields };
}

const route = (name: string, hostname = "a.example", metadata: object = {}) =>
  object(routes, name, { spec: { hostnames: [hostname] } }, metadata);

async function rig(t: TestContext, kube = new FakeKube(), scope: readonly string[] = []) {
  const clock = new FakeClock();
  const store = new Store();
  const findings: KubeReport[] = [];
  const changes: KubeReport[] = [];
  const source = startKubeSource({
    api: kube,
    store,
    clock,
    log: silentLog,
    random: () => 1,
    namespaces: scope,
    onReport: (report) => (report.level === "rejected" || report.level === "warning" ? findings : changes).push(report),
  });
  t.after(() => source.stop());
  let builds = 0;
  store.configuration.subscribe(() => builds++);
  return {
    kube,
    clock,
    store,
    findings,
    changes,
    source,
    /** Lets everything happen that needs no more than `ms`; says how often the configuration changed. */
    async settle(ms = 0) {
      const before = builds;
      for (let step = 0; step <= 10; step++) {
        for (let count = 0; count < 10; count++) await turn();
        clock.advance(ms / 10);
      }
      return builds - before;
    },
  };
}

describe("startKubeSource()", () => {
  test("fills the store with what the server has, in one step, and then says that it is synced", async (t) => {
    const kube = new FakeKube();
    kube.put(routes, route("one"));
    kube.put(classes, object(classes, "c", { spec: { controllerName: "x.example/c" } }));
    kube.put(pods, object(pods, "p", { spec: { containers: [{}] }, status: { podIP: "10.0.0.1", phase: "Running" } }));
    const { store, settle } = await rig(t, kube);
    let atSync: unknown;
    store.synced.subscribe(() => {
      atSync = {
        routes: [...store.configuration.get().httpRoutes.keys()],
        pods: store.endpoints.get().pods.get("default/p"),
      };
    });
    assert.equal(store.synced.get(), false);
    assert.equal(await settle(), 1);
    assert.equal(store.synced.get(), true);
    assert.deepEqual(atSync, {
      routes: ["default/one"],
      pods: {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "p", namespace: "default", labels: {}, annotations: {}, generation: 1, uid: "uid-3" },
        spec: {},
        status: { podIP: "10.0.0.1", phase: "Running" },
      },
    });
  });

  test("is not synced while a kind cannot be listed, and is when it can", async (t) => {
    const kube = new FakeKube();
    kube.refuse = ({ resource }) => (resource.kind === "Secret" ? new Error("ECONNREFUSED") : undefined);
    const { store, settle } = await rig(t, kube);
    await settle(5000);
    assert.equal(store.synced.get(), false);
    kube.refuse = () => undefined;
    await settle(10_000);
    assert.equal(store.synced.get(), true);
  });

  test("a burst of changes is one change of the configuration", async (t) => {
    const { kube, changes, store, settle } = await rig(t);
    await settle();
    for (let index = 0; index < 50; index++) kube.put(routes, route(`r${index}`));
    kube.remove(routes, { namespace: "default", name: "r7" });
    assert.equal(await settle(), 1);
    assert.equal(store.configuration.get().httpRoutes.size, 49);
    assert.equal(changes.length, 51);
    assert.deepEqual(changes.at(-1), {
      level: "removed",
      object: { group: routes.group, kind: "HTTPRoute", namespace: "default", name: "r7" },
      reason: "the API server has it no more",
    });
  });

  test("writes to statuses, managed fields and kubectl's annotation change nothing but what is observed", async (t) => {
    const { kube, source, store, settle } = await rig(t);
    kube.put(routes, route("one"));
    await settle();
    const before = store.configuration.get();
    const ref = { group: routes.group, kind: "HTTPRoute", namespace: "default", name: "one" };
    const first = source.observed.get(ref);
    const heard: string[] = [];
    source.observed.subscribe(({ name }) => heard.push(name));
    const noisy = { managedFields: [{}], annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } };
    kube.put(routes, { ...route("one", "a.example", noisy), status: { parents: [1] } });
    assert.equal(await settle(), 0);
    assert.equal(store.configuration.get(), before);
    assert.deepEqual(heard, ["one"]);
    const second = source.observed.get(ref);
    assert.deepEqual([first?.status, second?.status, second?.generation], [undefined, { parents: [1] }, 1]);
    assert.ok(Number(second?.resourceVersion) > Number(first?.resourceVersion));
    assert.doesNotMatch(JSON.stringify(store.get("HTTPRoute/default/one")), /parents|resourceVersion|managed|kubectl/);
    kube.remove(routes, { namespace: "default", name: "one" });
    assert.equal(source.observed.get(ref), undefined);
  });

  test("after a relist what is unchanged keeps its instance, and what was deleted meanwhile goes", async (t) => {
    const { kube, source, store, settle } = await rig(t);
    for (const name of ["one", "two", "three"]) kube.put(routes, route(name));
    await settle(2000);
    const one = store.get("HTTPRoute/default/one");
    kube.breakWatches();
    await settle();
    kube.remove(routes, { namespace: "default", name: "two" });
    kube.put(routes, route("three", "b.example"));
    kube.compact();
    const lists = kube.calls.filter(({ verb }) => verb === "list").length;
    assert.equal(await settle(1000), 1);
    assert.ok(kube.calls.filter(({ verb }) => verb === "list").length > lists, "listed again");
    assert.deepEqual([...store.configuration.get().httpRoutes.keys()], ["default/one", "default/three"]);
    assert.equal(store.get("HTTPRoute/default/one"), one);
    assert.equal(store.get("HTTPRoute/default/three")?.metadata.generation, 2);
    assert.equal(
      source.observed.get({ group: routes.group, kind: "HTTPRoute", namespace: "default", name: "two" }),
      undefined,
    );
  });

  test("a relist without any change rebuilds nothing", async (t) => {
    const { kube, settle } = await rig(t);
    for (const name of ["one", "two", "three"]) kube.put(routes, route(name));
    await settle(2000);
    kube.breakWatches();
    await settle();
    kube.compact();
    assert.equal(await settle(1000), 0);
  });

  test("rejects an object with field and reason, once, keeps its last admitted state, and serves the others", async (t) => {
    const { kube, findings, store, settle } = await rig(t);
    kube.put(routes, route("one"));
    await settle();
    const kept = store.get("HTTPRoute/default/one");
    kube.put(routes, object(routes, "one", { spec: { hostnames: "a.example" } }));
    kube.put(routes, route("two"));
    await settle();
    kube.put(routes, { ...object(routes, "one", { spec: { hostnames: "a.example" } }), status: {} });
    await settle();
    assert.equal(store.get("HTTPRoute/default/one"), kept);
    assert.ok(store.get("HTTPRoute/default/two") !== undefined);
    assert.deepEqual(
      findings.map(({ level, object: { kind, namespace, name }, fieldPath }) => [
        level,
        kind,
        namespace,
        name,
        fieldPath,
      ]),
      [["rejected", "HTTPRoute", "default", "one", "spec.hostnames"]],
    );
    kube.remove(routes, { namespace: "default", name: "one" });
    await settle();
    assert.equal(store.get("HTTPRoute/default/one"), undefined);
  });

  test("an object that was deleted and made again may differ in fields that never change", async (t) => {
    const { kube, findings, store, settle } = await rig(t);
    kube.put(classes, object(classes, "c", { spec: { controllerName: "x.example/one" } }));
    await settle();
    kube.remove(classes, { name: "c" });
    kube.put(classes, object(classes, "c", { spec: { controllerName: "x.example/two" } }));
    await settle();
    assert.deepEqual(findings, []);
    assert.equal(store.configuration.get().gatewayClasses.get("c")?.spec.controllerName, "x.example/two");
  });

  test("reads both groups of InferencePool side by side, and a kind that is installed late", async (t) => {
    const kube = new FakeKube();
    kube.uninstall(oldPools);
    kube.put(
      pools,
      object(pools, "p", { spec: { selector: { matchLabels: { app: "x" } }, targetPorts: [{ number: 80 }] } }),
    );
    const { store, settle } = await rig(t, kube);
    await settle();
    assert.equal(store.synced.get(), true);
    kube.install(oldPools);
    const spec = { selector: { app: "x" }, targetPortNumber: 80, extensionRef: { name: "epp" } };
    kube.put(oldPools, object(oldPools, "p", { spec }));
    await settle(5000);
    assert.deepEqual([...store.configuration.get().inferencePools.keys()], ["v1/default/p", "v1alpha2/default/p"]);
  });

  test("leaves out Secrets and ConfigMaps that no Gateway refers to", async (t) => {
    const kube = new FakeKube();
    kube.put(secrets, object(secrets, "cert", { type: "kubernetes.io/tls", data: {} }));
    kube.put(secrets, object(secrets, "release", { type: "helm.sh/release.v1", data: {} }));
    const { store, settle } = await rig(t, kube);
    await settle();
    assert.deepEqual([...store.configuration.get().secrets.keys()], ["default/cert"]);
  });

  test("in a scope lists each namespace alone, and does without the Namespaces that it may not read", async (t) => {
    const kube = new FakeKube();
    kube.put(routes, route("one"));
    kube.put(routes, route("two", "b.example", { namespace: "team-a" }));
    kube.put(routes, route("three", "c.example", { namespace: "other" }));
    kube.put(namespaces, object(namespaces, "default", {}));
    kube.refuse = ({ resource }) => (resource.kind === "Namespace" ? new KubeError("no", 403, "Forbidden") : undefined);
    const { store, settle } = await rig(t, kube, ["default", "team-a"]);
    await settle();
    assert.equal(store.synced.get(), true);
    assert.deepEqual([...store.configuration.get().httpRoutes.keys()], ["default/one", "team-a/two"]);
    kube.refuse = () => undefined;
    await settle(10_000);
    assert.deepEqual([...store.configuration.get().namespaces.keys()], ["default"]);
  });

  test("follows every kind that is read", async (t) => {
    const { kube, settle } = await rig(t);
    await settle();
    const watched = kube.calls
      .filter(({ verb }) => verb === "watch")
      .map(({ resource }) => `${resource.group} ${resource.kind}`);
    assert.deepEqual(watched.sort(), kinds.map((kind) => `${kind.group} ${kind.kind}`).sort());
    assert.ok(kinds.every((kind) => apiVersionOf(kind).endsWith(kind.version)));
  });
});
