/** A source whose API server goes away, forgets its history, and comes back. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import {
  apply,
  installCrds,
  kubectl,
  makeNamespace,
  noCluster,
  startComponent,
  stopComponent,
} from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";
import { gate, sourceRig } from "../helpers/source-rig.ts";

const route = (name: string, hostname: string) => `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: ${name}}
spec: {hostnames: [${hostname}]}`;

const etcd = async (path: string, body: object): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:2379/v3/kv/${path}`, { method: "POST", body: JSON.stringify(body) });
  return answer.text();
};

/** All of etcd's history, as an API server does it each five minutes. */
async function compact(): Promise<void> {
  const { header } = JSON.parse(await etcd("range", { key: "YQ==" })) as { header: { revision: string } };
  match(await etcd("compaction", { revision: header.revision, physical: true }), /header/);
}

async function restartApiServer(): Promise<void> {
  await stopComponent("apiserver");
  await startComponent("apiserver");
  await eventually("the API server", () => kubectl(["get", "--raw", "/readyz"]), { timeoutMs: 30_000, everyMs: 200 });
}

test("after a compaction all is listed again: nothing unchanged is rebuilt, and what was deleted meanwhile goes", {
  skip: noCluster,
}, async (t) => {
  await installCrds("gateway");
  const namespace = await makeNamespace(t, "relist");
  await apply(["one", "two", "three"].map((name) => route(name, "a.example")).join(""), namespace);
  let door: ReturnType<typeof gate> | undefined;
  const { store, logged } = await sourceRig(t, (api) => (door = gate(api)).api);
  const routes = () => store.configuration.get().httpRoutes;
  const of = (name: string) => routes().get(`${namespace}/${name}`);
  const before = { one: of("one"), three: of("three"), class: store.configuration.get().gatewayClasses };
  ok(before.one !== undefined);
  door?.shut();
  await kubectl(["delete", "httproute", "two", "-n", namespace]);
  await apply(route("three", "b.example"), namespace);
  await compact();
  await restartApiServer();
  door?.open();
  await eventually("the deletion", () => (of("two") === undefined ? true : undefined), { timeoutMs: 30_000 });
  await eventually("the edit", () => (of("three")?.metadata.generation === 2 ? true : undefined));
  equal(of("one"), before.one);
  equal(store.configuration.get().gatewayClasses, before.class);
  match(logged.join("\n"), /The watched version is too old.*httproutes/);
});

test("a relist of what has not changed rebuilds nothing at all", { skip: noCluster }, async (t) => {
  await installCrds("gateway");
  const namespace = await makeNamespace(t, "relist");
  await apply(route("one", "a.example"), namespace);
  let door: ReturnType<typeof gate> | undefined;
  const { api, store, logged, builds } = await sourceRig(t, (real) => (door = gate(real)).api);
  // The new namespace's own objects have come.
  await eventually("quiet", () => (store.configuration.get().configMaps.size >= 0 ? true : undefined));
  door?.shut();
  await compact();
  await restartApiServer();
  const count = builds();
  const routes = store.configuration.get().httpRoutes;
  door?.open();
  const relisted = () => logged.filter((line) => line.startsWith("The watched version is too old")).length;
  await eventually("lists", () => (relisted() >= 5 ? true : undefined), { timeoutMs: 30_000 });
  await eventually("watches", async () => {
    await api.list(
      { group: "", version: "v1", kind: "Namespace", plural: "namespaces", scope: "Cluster" },
      { limit: 1 },
    );
    return true;
  });
  equal(store.configuration.get().httpRoutes, routes);
  deepEqual(builds() - count, 0);
});

test("while the API server is away everything stays, and changes come soon after it is back", {
  skip: noCluster,
}, async (t) => {
  await installCrds("gateway");
  const namespace = await makeNamespace(t, "away");
  await apply(route("one", "a.example"), namespace);
  const { store, logged } = await sourceRig(t);
  const before = store.configuration.get().httpRoutes;
  await stopComponent("apiserver");
  await eventually("the loss noticed", () => (/cannot be reached/.test(logged.join("\n")) ? true : undefined));
  await new Promise((wake) => setTimeout(wake, 10_000));
  equal(store.configuration.get().httpRoutes, before);
  equal(store.synced.get(), true);
  await startComponent("apiserver");
  await eventually("the API server", () => kubectl(["get", "--raw", "/readyz"]), { timeoutMs: 30_000, everyMs: 200 });
  await apply(route("two", "b.example"), namespace);
  const sinceMs = performance.now();
  await eventually("the new route", () => store.configuration.get().httpRoutes.get(`${namespace}/two`), {
    timeoutMs: 20_000,
  });
  t.diagnostic(`seen ${Math.round(performance.now() - sinceMs)} ms after it was written`);
  const told = logged.filter((line) => line.startsWith("The API server cannot be reached"));
  equal(told.length, 1, "said once for all kinds");
});
