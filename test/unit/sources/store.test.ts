import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Resource } from "../../../src/resources/admit.ts";
import { type Change, Store } from "../../../src/sources/store.ts";
import { admitYaml, objectOf } from "../../helpers/parse-yaml.ts";

const route = (weight: number, labels = "{}"): Resource =>
  objectOf(
    admitYaml(
      `{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r, labels: ${labels}}, spec: {rules: [{backendRefs: [{name: s, port: 80, weight: ${weight}}]}]}}`,
    ),
  );
const pod = (ip: string): Resource =>
  objectOf(admitYaml(`{apiVersion: v1, kind: Pod, metadata: {name: p}, status: {podIP: ${ip}}}`));
const put = (object: Resource): Change => ({ type: "put", object, generation: "count" });

suite("the store", () => {
  test("keeps the instance while the content is equal", () => {
    const store = new Store();
    store.apply([put(route(1))]);
    const { httpRoutes } = store.configuration.get();
    const [outcome] = store.apply([put(route(1))]);
    assert.equal(outcome?.effect, "unchanged");
    assert.equal(store.configuration.get().httpRoutes, httpRoutes);
  });

  test("counts changes of spec from 1, and not those of labels", () => {
    const store = new Store();
    const generations = [route(1), route(1, "{a: b}"), route(2), route(1)].map(
      (object) => store.apply([put(object)])[0]?.object.metadata.generation,
    );
    assert.deepEqual(generations, [1, 1, 2, 3]);
  });

  test("takes generations as they are from sources that count themselves", () => {
    const store = new Store();
    const object = route(1);
    const counted = { ...object, metadata: { ...object.metadata, generation: 7 } } as Resource;
    store.apply([{ type: "put", object: counted, generation: "keep" }]);
    assert.equal(store.get("HTTPRoute/default/r"), counted);
    assert.equal(store.apply([put(route(1))])[0]?.effect, "unchanged");
  });

  test("leaves the configuration the identical object when endpoints change, and the reverse", () => {
    const store = new Store();
    store.apply([put(route(1)), put(pod("10.0.0.1"))]);
    const configuration = store.configuration.get();
    store.apply([put(pod("10.0.0.2"))]);
    assert.equal(store.configuration.get(), configuration);
    const endpoints = store.endpoints.get();
    store.apply([put(route(2))]);
    assert.equal(store.endpoints.get(), endpoints);
  });

  test("wakes readers once for a batch, and not for nothing", () => {
    const store = new Store();
    let woken = 0;
    store.configuration.subscribe(() => woken++);
    const other = route(1);
    const second = { ...other, metadata: { ...other.metadata, name: "r2" } } as Resource;
    store.apply([put(route(1)), put(second)]);
    store.apply([put(route(1)), { type: "remove", key: "HTTPRoute/default/none" }]);
    assert.equal(woken, 1);
    assert.deepEqual([...store.configuration.get().httpRoutes.keys()], ["default/r", "default/r2"]);
  });

  test("wakes readers of the configuration before those of endpoints", () => {
    const store = new Store();
    const woken: string[] = [];
    store.endpoints.subscribe(() => woken.push("endpoints"));
    store.configuration.subscribe(() => woken.push("configuration"));
    store.apply([put(pod("10.0.0.1")), put(route(1))]);
    assert.deepEqual(woken, ["configuration", "endpoints"]);
  });

  test("leaves earlier values as they were", () => {
    const store = new Store();
    store.apply([put(route(1))]);
    const before = store.configuration.get();
    store.apply([{ type: "remove", key: "HTTPRoute/default/r" }]);
    assert.equal(before.httpRoutes.size, 1);
    assert.equal(store.configuration.get().httpRoutes.size, 0);
  });

  test("keeps pools of both API groups apart", () => {
    const store = new Store();
    const v1 = objectOf(
      admitYaml(
        "{apiVersion: inference.networking.k8s.io/v1, kind: InferencePool, metadata: {name: p}, spec: {selector: {matchLabels: {a: b}}, targetPorts: [{number: 1}]}}",
      ),
    );
    const v1alpha2 = objectOf(
      admitYaml(
        "{apiVersion: inference.networking.x-k8s.io/v1alpha2, kind: InferencePool, metadata: {name: p}, spec: {selector: {a: b}, targetPortNumber: 1, extensionRef: {name: e}}}",
      ),
    );
    store.apply([put(v1), put(v1alpha2)]);
    assert.deepEqual([...store.configuration.get().inferencePools.keys()], ["v1/default/p", "v1alpha2/default/p"]);
  });

  test("is synced once every announced source is", () => {
    const store = new Store();
    store.announceSource("a");
    store.announceSource("b");
    store.sourceSynced("a");
    assert.equal(store.synced.get(), false);
    store.sourceSynced("b");
    assert.equal(store.synced.get(), true);
  });

  test("says where a field was written", () => {
    const store = new Store();
    const location = {
      file: "a.yaml",
      start: { line: 1, column: 1 },
      position: (path: readonly (string | number)[]) => ({ line: path.length, column: 2 }),
    };
    store.apply([{ ...put(route(1)), location } as Change]);
    const ref = { kind: "HTTPRoute", namespace: "default", name: "r" };
    assert.deepEqual(store.locate(ref, "spec.rules[0].matches"), { file: "a.yaml", line: 4, column: 2 });
    assert.equal(store.locate({ ...ref, name: "other" }, "spec"), undefined);
  });
});
