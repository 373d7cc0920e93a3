/** What a browser on another origin gets from a real Envoy: for plain routes and for a pool that is chosen by the model. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Answer, type Echo, http, postJson, seenIn, startEcho } from "../helpers/http.ts";
import { modelMatch, toPoolV1 } from "../helpers/inference-manifests.ts";
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

const rig = new RouteRig();
let port = 0;
let web: Echo;
let server: Echo;

const filter = (cors: Manifest): Manifest => ({ type: "CORS", cors });
const listed = {
  allowOrigins: ["https://www.foo.com", "https://*.bar.com"],
  allowMethods: ["GET", "OPTIONS"],
  allowHeaders: ["x-header-1", "x-header-2"],
  exposeHeaders: ["x-header-3", "x-header-4"],
  allowCredentials: true,
  maxAge: 3600,
};
const everything = { allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"], exposeHeaders: ["*"] };
const app = "https://app.example.com";

function plain(path: string, cors: Manifest): Manifest {
  return { matches: [pathMatch("PathPrefix", path)], filters: [filter(cors)], backendRefs: [toService("web")] };
}

before(async () => {
  port = await freePort();
  web = await startEcho("web");
  server = await startEcho("server");
  rig.picker.decide = () => `127.0.0.1:${server.port}`;
  await rig.start();
  await rig.publish([
    gatewayClass(),
    gateway("gw", port),
    ...service("web", [web.port]),
    ...servedPool("llm", [server.port]),
    httpRoute("plain", { parent: "gw", hostnames: ["plain.test"] }, [
      plain("/listed", listed),
      plain("/everything", everything),
      plain("/credentials", { ...everything, allowCredentials: true }),
      { matches: [pathMatch("PathPrefix", "/without")], backendRefs: [toService("web")] },
    ]),
    httpRoute("pool", { parent: "gw", hostnames: ["pool.test"] }, [
      {
        matches: [{ ...pathMatch("PathPrefix", "/v1"), method: "POST", ...modelMatch("qwen") }],
        filters: [filter({ allowOrigins: [app], allowHeaders: ["authorization", "content-type"] })],
        backendRefs: [toPoolV1("llm")],
      },
      { matches: [{ ...pathMatch("PathPrefix", "/v1"), ...modelMatch("other") }], backendRefs: [toPoolV1("llm")] },
      // Its requests may turn out to be for a model, whose rule has no CORS.
      {
        matches: [pathMatch("PathPrefix", "/v1")],
        filters: [filter({ allowOrigins: ["https://plain.example.com"] })],
        backendRefs: [toService("web")],
      },
    ]),
  ]);
});
after(async () => {
  await rig.stop();
  await Promise.all([web.stop(), server.stop()]);
});

function preflight(host: string, path: string, origin: string, asked: Readonly<Record<string, string>> = {}) {
  const headers = { host, origin, "access-control-request-method": "GET", ...asked };
  return http(port, path, { method: "OPTIONS", headers });
}

function allowance({ headers }: Answer): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith("access-control-") ? [[name.slice("access-control-".length), String(value)]] : [],
  );
  return Object.fromEntries(entries);
}

describe("a preflight", () => {
  it("of an origin that is listed is answered by the gateway with what is allowed, and no body", async () => {
    const answer = await preflight("plain.test", "/listed", "https://www.foo.com");
    assert.deepEqual([answer.status, answer.body], [204, ""]);
    assert.deepEqual(allowance(answer), {
      "allow-origin": "https://www.foo.com",
      "allow-methods": "GET, OPTIONS",
      "allow-headers": "x-header-1, x-header-2",
      "allow-credentials": "true",
      "expose-headers": "x-header-3, x-header-4",
      "max-age": "3600",
    });
  });

  for (const [origin, isAllowed] of [
    ["https://www.bar.com", true],
    ["https://a.b.bar.com", true],
    ["https://bar.com", false],
    ["http://www.bar.com", false],
    ["https://www.bar.com:8443", false],
    ["https://www.bar.com.evil.com", false],
    ["https://wwwxbar.com", false],
    ["https://www.foo.com.evil.com", false],
    ["https://foo.com", false],
    ["null", false],
  ] as const) {
    it(`of ${origin} is ${isAllowed ? "allowed" : "not allowed"} by https://*.bar.com and https://www.foo.com`, async () => {
      const answer = await preflight("plain.test", "/listed", origin);
      assert.deepEqual([answer.status, answer.body], [204, ""]);
      assert.equal(allowance(answer)["allow-origin"], isAllowed ? origin : undefined);
      if (!isAllowed) assert.deepEqual(allowance(answer), {});
    });
  }

  const asked = { "access-control-request-method": "PUT", "access-control-request-headers": "x-a, x-b" };

  it("gets wildcards as they are where no credentials are sent", async () => {
    const answer = await preflight("plain.test", "/everything", "https://any.where:12345", asked);
    assert.deepEqual(allowance(answer), {
      "allow-origin": "https://any.where:12345",
      "allow-methods": "*",
      "allow-headers": "*",
      "expose-headers": "*",
      "max-age": "5",
    });
  });

  it("gets what it asks for in the place of wildcards where credentials are sent", async () => {
    const answer = await preflight("plain.test", "/credentials", "https://any.where", asked);
    assert.deepEqual(allowance(answer), {
      "allow-origin": "https://any.where",
      "allow-methods": "PUT",
      "allow-headers": "x-a, x-b",
      "allow-credentials": "true",
      "max-age": "5",
    });
  });

  it("of a rule without the filter is the server's to answer", async () => {
    assert.equal(seenIn(await preflight("plain.test", "/without", "https://any.where")).method, "OPTIONS");
  });

  it("that is none, for want of a method, is forwarded", async () => {
    const headers = { host: "plain.test", origin: "https://www.foo.com" };
    assert.equal(seenIn(await http(port, "/listed", { method: "OPTIONS", headers })).server, "web");
  });
});

describe("a request of another origin", () => {
  it("reaches the server, and its answer says that it may be read", async () => {
    const answer = await http(port, "/listed", { headers: { host: "plain.test", origin: "https://a.bar.com" } });
    assert.equal(seenIn(answer).server, "web");
    assert.deepEqual(allowance(answer), {
      "allow-origin": "https://a.bar.com",
      "allow-credentials": "true",
      "expose-headers": "x-header-3, x-header-4",
    });
  });

  it("that is not allowed reaches the server too, and its answer says nothing", async () => {
    const answer = await http(port, "/listed", { headers: { host: "plain.test", origin: "https://evil.com" } });
    assert.equal(seenIn(answer).server, "web");
    assert.deepEqual(allowance(answer), {});
  });
});

describe("CORS before a pool", () => {
  const post = { "access-control-request-method": "POST", "access-control-request-headers": "content-type" };
  const complete = (model: string, origin: string) =>
    postJson(port, "/v1/completions", { model }, { host: "pool.test", origin });

  it("answers a preflight, which names no model, without asking the picker", async () => {
    const before = rig.picker.asked.length;
    const answer = await preflight("pool.test", "/v1/completions", app, post);
    assert.equal(answer.status, 204);
    assert.deepEqual(allowance(answer), {
      "allow-origin": app,
      "allow-headers": "authorization, content-type",
      "max-age": "5",
    });
    assert.equal(rig.picker.asked.length, before);
  });

  it("lets the picker choose, and marks the answer of a route that the body chose", async () => {
    const before = rig.picker.asked.length;
    const answer = await complete("qwen", app);
    assert.equal(seenIn(answer).server, "server");
    assert.equal(rig.picker.asked.length, before + 1);
    assert.equal(allowance(answer)["allow-origin"], app);
  });

  it("is that of the route that the body chose, not that of the first match", async () => {
    assert.deepEqual(allowance(await complete("qwen", "https://plain.example.com")), {});
    const other = await complete("other", "https://plain.example.com");
    assert.equal(seenIn(other).server, "server");
    assert.deepEqual(allowance(other), {});
    const none = await complete("unknown", "https://plain.example.com");
    assert.equal(seenIn(none).server, "web");
    assert.equal(allowance(none)["allow-origin"], "https://plain.example.com");
  });

  it("marks what the picker answers by itself too, so that the page can read why", async () => {
    const { decide } = rig.picker;
    rig.picker.decide = () => ({
      response: { $case: "immediateResponse", value: { status: { code: 429 }, body: Buffer.from("full") } },
    });
    const answer = await complete("qwen", app);
    rig.picker.decide = decide;
    assert.deepEqual([answer.status, answer.body], [429, "full"]);
    assert.equal(allowance(answer)["allow-origin"], app);
  });
});
