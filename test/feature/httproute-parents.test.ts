/** Which listeners a route reaches by name and port; named rules; what missing backends answer. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Echo, httpGet, postJson, startEcho } from "../helpers/http.ts";
import { modelMatch } from "../helpers/inference-manifests.ts";
import { gatewayClass, type Manifest, pathMatch, service, toService } from "../helpers/manifests.ts";
import { freePort } from "../helpers/ports.ts";
import { RouteRig } from "../helpers/route-rig.ts";

const rig = new RouteRig();
let first = 0;
let second = 0;
let web: Echo;
let conditions: readonly string[] = [];

function route(name: string, parents: readonly Manifest[], rules: readonly Manifest[], hostnames: string[] = []) {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name },
    spec: { parentRefs: parents.map((ref) => ({ name: "gw", ...ref })), hostnames, rules },
  };
}

const rule = (path: string, ...backendRefs: Manifest[]): Manifest => ({
  matches: [pathMatch("PathPrefix", path)],
  backendRefs,
});

before(async () => {
  first = await freePort();
  second = await freePort();
  web = await startEcho("web");
  await rig.start();
  const listeners = [
    { name: "one", port: first },
    { name: "two", port: second, hostname: "two.test" },
    { name: "three", port: second, hostname: "three.test" },
  ];
  const statuses = await rig.publish([
    gatewayClass(),
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name: "gw" },
      spec: { gatewayClassName: "ante", listeners: listeners.map((each) => ({ protocol: "HTTP", ...each })) },
    },
    ...service("web", [web.port]),
    route("by-port", [{ port: second }], [rule("/by-port", toService("web"))]),
    route("by-both", [{ port: second, sectionName: "three" }], [rule("/by-both", toService("web"))]),
    route("nowhere", [{ port: first, sectionName: "two" }], [rule("/nowhere", toService("web"))]),
    route(
      "named",
      [{}],
      [{ name: "with-a-name", ...rule("/named", toService("web")) }, rule("/other", toService("web"))],
    ),
    route(
      "missing",
      [{}],
      [rule("/gone", toService("gone")), rule("/share", toService("gone"), toService("gone-too"), toService("web"))],
    ),
    route(
      "missing-model",
      [{ sectionName: "one" }],
      [{ matches: [modelMatch("qwen")], backendRefs: [toService("gone")] }],
      ["llm.test"],
    ),
  ]);
  conditions = statuses.flatMap(({ ref, body }) =>
    body.kind === "parents"
      ? body.parents.flatMap((parent) =>
          parent.conditions.map(({ type, status, reason }) => `${ref.name} ${type}=${status} ${reason}`),
        )
      : [],
  );
});
after(async () => {
  await rig.stop();
  await web.stop();
});

const statusOf = async (port: number, path: string, host: string): Promise<number> =>
  (await httpGet(port, path, { host })).status;

describe("a parentRef", () => {
  it("with a port reaches every listener on it and no other", async () => {
    assert.equal(await statusOf(second, "/by-port", "two.test"), 200);
    assert.equal(await statusOf(second, "/by-port", "three.test"), 200);
    assert.equal(await statusOf(first, "/by-port", "two.test"), 404);
  });

  it("with a port and a name reaches the one listener that has both", async () => {
    assert.equal(await statusOf(second, "/by-both", "three.test"), 200);
    assert.equal(await statusOf(second, "/by-both", "two.test"), 404);
  });

  it("whose name and port are different listeners' has no parent", async () => {
    assert.equal(await statusOf(first, "/nowhere", "two.test"), 404);
    assert.ok(conditions.includes("nowhere Accepted=False NoMatchingParent"), conditions.join("\n"));
  });
});

describe("rules", () => {
  it("are served with and without a name", async () => {
    assert.equal(await statusOf(first, "/named", "a.test"), 200);
    assert.equal(await statusOf(first, "/other", "a.test"), 200);
  });
});

describe("a backend that is missing", () => {
  it("is the reason that its rule answers with 500, in OpenAI's form where the model chose the rule", async () => {
    const plain = await httpGet(first, "/gone");
    assert.deepEqual([plain.status, plain.body], [500, "service default/gone not found"]);
    const answer = await postJson(first, "/v1/completions", { model: "qwen" }, { host: "llm.test" });
    assert.equal(answer.status, 500);
    assert.equal(JSON.parse(answer.body).error.message, "service default/gone not found");
  });

  it("beside others fails its share of the requests, which say where to look", async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => httpGet(first, "/share")));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))].sort(), [200, 500]);
    const failed = answers.find(({ status }) => status === 500);
    assert.match(failed?.body ?? "", /not resolved; the route's condition ResolvedRefs says why/);
  });
});
