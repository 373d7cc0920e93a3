/** Where a real Envoy redirects to. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { makeCertificate, tlsSecret } from "../helpers/certificates.ts";
import { httpGet } from "../helpers/http.ts";
import { gatewayClass, httpRoute, type Manifest, pathMatch } from "../helpers/manifests.ts";
import { freePort } from "../helpers/ports.ts";
import { RouteRig } from "../helpers/route-rig.ts";
import { httpsGet } from "../helpers/tls-client.ts";

const rig = new RouteRig();
let port = 0;
let other = 0;
let overTls = 0;

function redirect(path: string, requestRedirect: Manifest): Manifest {
  return {
    matches: [pathMatch("PathPrefix", path)],
    filters: [{ type: "RequestRedirect", requestRedirect }],
  };
}

const mirror = { type: "RequestMirror", requestMirror: { backendRef: { name: "copy", port: 80 } } };

before(async () => {
  port = await freePort();
  other = await freePort();
  overTls = await freePort();
  await rig.start();
  await rig.publish([
    gatewayClass(),
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name: "gw" },
      spec: {
        gatewayClassName: "ante",
        listeners: [
          { name: "http", protocol: "HTTP", port },
          { name: "other", protocol: "HTTP", port: other },
          { name: "tls", protocol: "HTTPS", port: overTls, tls: { certificateRefs: [{ name: "certificate" }] } },
        ],
      },
    },
    tlsSecret("certificate", await makeCertificate({ names: ["a.test"] })),
    httpRoute("redirects", { parent: "gw" }, [
      redirect("/host", { hostname: "example.org" }),
      redirect("/scheme", { scheme: "https", statusCode: 301 }),
      redirect("/to-http", { scheme: "http" }),
      redirect("/scheme-and-host", { scheme: "https", hostname: "example.org" }),
      redirect("/port", { port: 8083, statusCode: 303 }),
      redirect("/all", { scheme: "https", hostname: "example.org", port: 8443, statusCode: 307 }),
      redirect("/full", { path: { type: "ReplaceFullPath", replaceFullPath: "/new" }, statusCode: 308 }),
      redirect("/prefix", { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new/" } }),
      redirect("/dropped", { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } }),
      {
        ...redirect("/headers", { hostname: "example.org" }),
        filters: [
          { type: "RequestRedirect", requestRedirect: { hostname: "example.org" } },
          { type: "ResponseHeaderModifier", responseHeaderModifier: { set: [{ name: "x-why", value: "moved" }] } },
        ],
      },
      {
        matches: [pathMatch("PathPrefix", "/impossible")],
        filters: [{ type: "RequestRedirect", requestRedirect: { hostname: "example.org" } }, mirror],
      },
    ]),
  ]);
});
after(() => rig.stop());

describe("a redirect", () => {
  const locationOf = async (at: number, path: string, host: string): Promise<readonly [number, string | undefined]> => {
    const { status, headers } = await httpGet(at, path, { host });
    return [status, headers.location];
  };

  it("keeps scheme, path and query, and says the port of the listener where the request arrived", async () => {
    assert.deepEqual(await locationOf(port, "/host/x?q=1", "a.test"), [302, `http://example.org:${port}/host/x?q=1`]);
    assert.deepEqual(await locationOf(other, "/host/x", "a.test"), [302, `http://example.org:${other}/host/x`]);
    assert.deepEqual(await locationOf(other, "/host/x", "a.test:1"), [302, `http://example.org:${other}/host/x`]);
  });

  it("to another scheme takes that one's port, which goes without saying", async () => {
    assert.deepEqual(await locationOf(port, "/scheme", "a.test"), [301, "https://a.test/scheme"]);
    assert.deepEqual(await locationOf(port, "/scheme-and-host", `a.test:${port}`), [
      302,
      "https://example.org/scheme-and-host",
    ]);
  });

  it("to another scheme never keeps the port that the client's host names", async () => {
    assert.deepEqual(await locationOf(port, "/scheme", `a.test:${port}`), [301, "https://a.test:443/scheme"]);
  });

  it("over TLS stays https on the listener's port, unless it says a scheme, which brings its own port", async () => {
    const locationOverTls = async (path: string, host: string): Promise<string | undefined> =>
      (await httpsGet({ port: overTls, sni: "a.test", host, path })).headers.location;
    assert.equal(await locationOverTls("/host/x?q=1", "a.test"), `https://example.org:${overTls}/host/x?q=1`);
    assert.equal(await locationOverTls("/full", `a.test:${overTls}`), `https://a.test:${overTls}/new`);
    assert.equal(await locationOverTls("/port", "a.test"), "https://a.test:8083/port");
    assert.equal(await locationOverTls("/scheme", "a.test"), "https://a.test/scheme");
    assert.equal(await locationOverTls("/to-http", "a.test"), "http://a.test/to-http");
    assert.equal(await locationOverTls("/to-http", `a.test:${overTls}`), "http://a.test:80/to-http");
  });

  it("says the port, the scheme and the code that it is given", async () => {
    assert.deepEqual(await locationOf(port, "/port", "a.test:1"), [303, "http://a.test:8083/port"]);
    assert.deepEqual(await locationOf(port, "/all", "a.test"), [307, "https://example.org:8443/all"]);
  });

  it("replaces the path or its prefix", async () => {
    const at = `http://a.test:${port}`;
    assert.deepEqual(await locationOf(port, "/full/x?q=1", "a.test"), [308, `${at}/new?q=1`]);
    assert.deepEqual(await locationOf(port, "/prefix", "a.test"), [302, `${at}/new`]);
    assert.deepEqual(await locationOf(port, "/prefix/x", "a.test"), [302, `${at}/new/x`]);
    assert.deepEqual(await locationOf(port, "/dropped", "a.test"), [302, `${at}/`]);
    assert.deepEqual(await locationOf(port, "/dropped/x", "a.test"), [302, `${at}/x`]);
  });

  it("has the response headers of its rule", async () => {
    assert.equal((await httpGet(port, "/headers")).headers["x-why"], "moved");
  });

  it("with a mirror is refused: its rule answers 500 and says why", async () => {
    const { status, body } = await httpGet(port, "/impossible");
    assert.equal(status, 500);
    assert.match(body, /cannot be combined with a RequestMirror filter/);
  });
});
