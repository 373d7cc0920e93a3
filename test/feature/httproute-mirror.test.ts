/** Which requests a real Envoy copies, and what the copies are. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { http, postJson } from "../helpers/http.ts";
import { toPoolV1 } from "../helpers/inference-manifests.ts";
import {
  gateway,
  gatewayClass,
  httpRoute,
  type Manifest,
  pathMatch,
  service,
  toService,
} from "../helpers/manifests.ts";
import { freePort } from "../helpers/ports.ts";
import { RouteRig, servedPool } from "../helpers/route-rig.ts";
import { StubServer } from "../helpers/stub-server.ts";

const rig = new RouteRig();
let port = 0;
let web: StubServer;
let server: StubServer;
let copy: StubServer;
let second: StubServer;

function mirrors(path: string, filters: readonly Manifest[], backends: readonly Manifest[] = [toService("web")]) {
  return { matches: [pathMatch("PathPrefix", path)], filters, backendRefs: backends };
}

const mirrorTo = (name: string, share: Manifest = {}): Manifest => ({
  type: "RequestMirror",
  requestMirror: { backendRef: toService(name), ...share },
});

before(async () => {
  port = await freePort();
  [web, server, copy, second] = await Promise.all([
    StubServer.start(),
    StubServer.start(),
    StubServer.start(),
    StubServer.start(),
  ]);
  rig.picker.decide = () => `127.0.0.1:${server.port}`;
  await rig.start();
  await rig.publish([
    gatewayClass(),
    gateway("gw", port),
    ...service("web", [web.port]),
    ...service("copy", [copy.port]),
    ...service("second", [second.port]),
    ...service("empty", []),
    ...servedPool("llm", [server.port]),
    httpRoute("plain", { parent: "gw", hostnames: ["plain.test"] }, [
      mirrors("/one", [
        mirrorTo("copy"),
        { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-set", value: "1" }] } },
      ]),
      mirrors("/several", [mirrorTo("copy"), mirrorTo("second")]),
      mirrors("/never", [mirrorTo("copy", { percent: 0 })]),
      mirrors("/half", [
        mirrorTo("copy", { percent: 50 }),
        mirrorTo("second", { fraction: { numerator: 1, denominator: 4 } }),
      ]),
      mirrors("/empty", [mirrorTo("empty")]),
      mirrors("/gone", [mirrorTo("gone"), mirrorTo("copy")]),
    ]),
    httpRoute("pool", { parent: "gw", hostnames: ["pool.test"] }, [
      mirrors("/v1", [mirrorTo("copy")], [toPoolV1("llm")]),
      mirrors("/mixed", [mirrorTo("copy")], [toPoolV1("llm", 1), toService("web", 1)]),
    ]),
  ]);
});
after(async () => {
  await rig.stop();
  await Promise.all([web, server, copy, second].map((each) => each.stop()));
});
beforeEach(() => {
  for (const each of [web, server, copy, second]) each.received.length = 0;
});

const ask = (path: string, body = "hello") =>
  http(port, path, { method: "POST", headers: { host: "plain.test" }, body });
const received = (of: StubServer, count: number) =>
  eventually(`${count} requests`, () => (of.received.length >= count ? of.received : undefined));

describe("a mirror", () => {
  it("gets a copy of the request: path, host, headers of the rule and body", async () => {
    assert.equal((await ask("/one/x?q=1")).status, 200);
    const [original] = await received(web, 1);
    const [copied] = await received(copy, 1);
    assert.equal(copied?.path, "/one/x?q=1");
    assert.equal(copied?.body, "hello");
    assert.equal(copied?.headers["x-set"], "1");
    assert.equal(copied?.headers.host, "plain.test");
    assert.equal(copied?.headers["x-request-id"], original?.headers["x-request-id"]);
  });

  it("is one of several where there are several", async () => {
    await ask("/several");
    await Promise.all([received(web, 1), received(copy, 1), received(second, 1)]);
  });

  it("gets the share that it is given", async () => {
    for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 20 }, () => ask("/half")));
    // 400 requests: five standard deviations around 200 and 100.
    await received(copy, 150);
    await received(second, 57);
    assert.ok(copy.received.length <= 250, `${copy.received.length} of 400 where half was asked for`);
    assert.ok(second.received.length <= 143, `${second.received.length} of 400 where a quarter was asked for`);
    copy.received.length = 0;
    await ask("/never");
    await ask("/one");
    assert.deepEqual(
      (await received(copy, 1)).map(({ path }) => path),
      ["/one"],
    );
  });

  it("that cannot answer, or is not there, changes nothing", async () => {
    assert.equal((await ask("/empty")).status, 200);
    assert.equal((await ask("/gone")).status, 200);
    await received(copy, 1);
  });

  it("that answers late or badly is not waited for", async () => {
    copy.answerAtOnce = false;
    assert.equal((await ask("/one")).status, 200);
    const [copied] = await received(copy, 1);
    copied?.destroy();
    copy.answerAtOnce = true;
    assert.equal((await ask("/one")).status, 200);
  });
});

describe("a pool with a mirror", () => {
  const prompt = { model: "qwen", prompt: "x".repeat(200_000) };

  it("is asked through its picker, and the mirror gets the whole body too", async () => {
    const asked = rig.picker.asked.length;
    assert.equal((await postJson(port, "/v1/completions", prompt, { host: "pool.test" })).status, 200);
    const [original] = await received(server, 1);
    const [copied] = await received(copy, 1);
    assert.equal(copied?.body, original?.body);
    assert.equal(JSON.parse(copied?.body ?? "").prompt.length, 200_000);
    assert.equal(rig.picker.asked.length, asked + 1);
  });

  it("beside a Service is asked through its picker for its share", async () => {
    const asked = rig.picker.asked.length;
    const small = { model: "qwen" };
    await Promise.all(Array.from({ length: 40 }, () => postJson(port, "/mixed", small, { host: "pool.test" })));
    await received(copy, 40);
    assert.ok(server.received.length > 0 && web.received.length > 0);
    assert.equal(server.received.length + web.received.length, 40);
    assert.equal(rig.picker.asked.length, asked + server.received.length);
  });
});
