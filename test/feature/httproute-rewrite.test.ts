/** What a server behind a real Envoy sees of a rewritten request; also a server of a pool. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Echo, httpGet, postJson, type Seen, seenIn, startEcho } from "../helpers/http.ts";
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

const rig = new RouteRig();
let port = 0;
let web: Echo;
let server: Echo;

const full = (path: string): Manifest => ({ path: { type: "ReplaceFullPath", replaceFullPath: path } });
const prefix = (path: string): Manifest => ({ path: { type: "ReplacePrefixMatch", replacePrefixMatch: path } });
const filter = (urlRewrite: Manifest): Manifest => ({ type: "URLRewrite", urlRewrite });

function rewrite(path: string, urlRewrite: Manifest, backend: Manifest = toService("web")): Manifest {
  return { matches: [pathMatch("PathPrefix", path)], filters: [filter(urlRewrite)], backendRefs: [backend] };
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
      rewrite("/full", full("/new")),
      rewrite("/prefix", prefix("/xyz")),
      rewrite("/replacement", prefix("/xyz/")),
      rewrite("/slash/", prefix("/xyz")),
      rewrite("/slashes/", prefix("/xyz/")),
      rewrite("/empty", prefix("")),
      rewrite("/a.b+c", prefix("/")),
      rewrite("/host", { hostname: "other.example.com" }),
      {
        matches: [pathMatch("PathPrefix", "/hosts")],
        filters: [filter({ hostname: "rule.example.com" })],
        backendRefs: [
          { ...toService("web", 1), filters: [filter({ hostname: "backend.example.com" })] },
          toService("web", 1),
        ],
      },
      rewrite("/", prefix("/below")),
    ]),
    httpRoute("pool", { parent: "gw", hostnames: ["pool.test"] }, [
      rewrite("/openai", { hostname: "model.example.com", ...prefix("/") }, toPoolV1("llm")),
      {
        ...rewrite("/own", full("/v1/completions")),
        backendRefs: [
          {
            ...toPoolV1("llm"),
            filters: [
              filter({ hostname: "backend.example.com" }),
              { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-backend", value: "llm" }] } },
              { type: "ResponseHeaderModifier", responseHeaderModifier: { set: [{ name: "x-from", value: "llm" }] } },
            ],
          },
        ],
      },
    ]),
  ]);
});
after(async () => {
  await rig.stop();
  await Promise.all([web.stop(), server.stop()]);
});

const seenOf = async (path: string): Promise<Seen> => seenIn(await httpGet(port, path, { host: "plain.test" }));

describe("a rewritten path", () => {
  // https://gateway-api.sigs.k8s.io/reference/spec/#httppathmodifier
  for (const [path, seen] of Object.entries({
    "/full/x?q=1": "/new?q=1",
    "/prefix/bar": "/xyz/bar",
    "/prefix": "/xyz",
    "/prefix/": "/xyz/",
    "/prefix/prefix?q=/prefix": "/xyz/prefix?q=/prefix",
    "/replacement/bar": "/xyz/bar",
    "/replacement": "/xyz",
    "/slash/bar": "/xyz/bar",
    "/slash": "/xyz",
    "/slashes/bar": "/xyz/bar",
    "/slashes/": "/xyz/",
    "/empty/bar": "/bar",
    "/empty/": "/",
    "/empty": "/",
    "/empty?q=1": "/?q=1",
    "/a.b+c/bar": "/bar",
    "/a.b+c": "/",
    "/bar": "/below/bar",
    "/": "/below/",
    "/prefixed": "/below/prefixed",
  })) {
    it(`${path} arrives as ${seen}`, async () => {
      assert.equal((await seenOf(path)).path, seen);
    });
  }
});

describe("a rewritten host", () => {
  it("is what the server sees, which learns the old one too", async () => {
    const { headers } = await seenOf("/host");
    assert.equal(headers["host"], "other.example.com");
    assert.equal(headers["x-forwarded-host"], "plain.test");
  });

  it("is the backend's own where it has one, else the rule's", async () => {
    const seen = await Promise.all(Array.from({ length: 40 }, () => seenOf("/hosts")));
    const hosts = new Set(seen.map(({ headers }) => headers["host"]));
    assert.deepEqual([...hosts].sort(), ["backend.example.com", "rule.example.com"]);
  });
});

describe("a pool", () => {
  const ask = (path: string) => postJson(port, path, { model: "qwen" }, { host: "pool.test" });

  it("gets rewritten requests from its picker", async () => {
    const asked = rig.picker.asked.length;
    const seen = seenIn(await ask("/openai/v1/completions"));
    assert.equal(seen.server, "server");
    assert.equal(seen.path, "/v1/completions");
    assert.equal(seen.headers["host"], "model.example.com");
    assert.equal(rig.picker.asked.length, asked + 1);
  });

  it("has filters of its own, and its picker with them", async () => {
    const asked = rig.picker.asked.length;
    const answer = await ask("/own");
    const seen = seenIn(answer);
    assert.equal(seen.server, "server");
    assert.equal(seen.path, "/v1/completions");
    assert.equal(seen.headers["host"], "backend.example.com");
    assert.equal(seen.headers["x-backend"], "llm");
    assert.equal(answer.headers["x-from"], "llm");
    assert.equal(rig.picker.asked.length, asked + 1);
  });
});
