import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Resource } from "../../../src/resources/admit.ts";
import { keepServerPods } from "../../../src/sources/files/keep-server-pods.ts";
import { formatReport, type Report } from "../../../src/sources/files/report.ts";
import { parseServer } from "../../../src/sources/files/server-pods.ts";
import { type Change, Store } from "../../../src/sources/store.ts";
import { admitYaml, objectOf } from "../../helpers/parse-yaml.ts";

const pool = (name: string, app: string): Resource =>
  objectOf(
    admitYaml(
      `{apiVersion: inference.networking.x-k8s.io/v1alpha2, kind: InferencePool, metadata: {name: ${name}}, spec: {selector: {app: ${app}}, targetPortNumber: 8000, extensionRef: {name: e}}}`,
    ),
  );
const put = (object: Resource): Change => ({ type: "put", object, generation: "count" });

suite("--server", () => {
  test("names a pool, an address and a port", () => {
    assert.deepEqual(parseServer("p=127.0.0.1:8000", "default"), {
      spelled: "p=127.0.0.1:8000",
      namespace: "default",
      pool: "p",
      ip: "127.0.0.1",
      port: 8000,
    });
    const { namespace, pool: name, ip } = parseServer("ns/p=[fd00::1]:80", "default");
    assert.deepEqual([namespace, name, ip], ["ns", "p", "fd00::1"]);
  });

  test("says what is wrong with any other text", () => {
    const wrong = {
      "127.0.0.1:8000": "it is not POOL=IP:PORT",
      "p=localhost:8000": '"localhost" is not an IP address',
      "p=1.2.3.4:0": "0 is not a port",
      "p=1.2.3.4:70000": "70000 is not a port",
    };
    for (const [text, state] of Object.entries(wrong))
      assert.throws(() => parseServer(text, "default"), {
        message: `Cannot use server "${text}": ${state}; write POOL=IP:PORT, as qwen-pool=127.0.0.1:8000`,
      });
  });

  test("makes a Pod that follows its pool's selector", () => {
    const store = new Store();
    const stop = keepServerPods({ store, servers: [parseServer("p=127.0.0.1:9000", "default")], onReport() {} });
    const pods = () =>
      [...store.endpoints.get().pods.values()].map(({ metadata, status }) => [metadata.labels, status.podIP]);
    assert.deepEqual(pods(), []);
    store.apply([put(pool("p", "one"))]);
    assert.deepEqual(pods(), [[{ app: "one" }, "127.0.0.1"]]);
    store.apply([put(pool("p", "two"))]);
    assert.deepEqual(pods(), [[{ app: "two" }, "127.0.0.1"]]);
    const [pod] = store.endpoints.get().pods.values();
    assert.deepEqual(pod?.metadata.annotations, { "antechamber.dev/target-port": "9000" });
    store.apply([{ type: "remove", key: "InferencePool/v1alpha2/default/p" }]);
    assert.deepEqual(pods(), []);
    stop();
  });

  test("without its pool is told once, with the pools that there are", () => {
    const store = new Store();
    const reports: Report[] = [];
    store.announceSource("files");
    keepServerPods({
      store,
      servers: [parseServer("q=127.0.0.1:9000", "default")],
      onReport: (report) => reports.push(report),
    });
    store.apply([put(pool("p", "one"))]);
    assert.deepEqual(reports, []);
    store.sourceSynced("files");
    store.apply([put(pool("p", "two"))]);
    assert.deepEqual(reports.map(formatReport), [
      "--server q=127.0.0.1:9000: warning: no InferencePool default/q: the server waits for it; there are default/p",
    ]);
  });
});
