/** Server, builder and hold together on a real Envoy: a configuration that Envoy refuses beside good ones. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { ClusterIr, GatewayIr } from "../../src/model/ir.ts";
import { Hold } from "../../src/xds/hold/hold.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Echo, httpGet, startEcho } from "../helpers/http.ts";
import { backendOf, forward, makeGateway, makeRoute, serviceCluster } from "../helpers/make-ir.ts";
import { freePort } from "../helpers/ports.ts";
import { wireHold } from "../helpers/wire-hold.ts";
import { SteadyLoad, XdsEnvoy } from "../helpers/xds-envoy.ts";

type Routes = Readonly<Record<string, { readonly regex: string; readonly to?: ClusterIr; readonly tag?: string }>>;

const web = serviceCluster("web");
let echo: Echo;
let rig: XdsEnvoy;
let hold: Hold;
let port: number;
let want: (routes: Routes) => void;

/** Each route adds its tag to the request, so that the server's answer tells which state of it was in effect. */
function gatewayOf(routes: Routes): GatewayIr {
  const made = Object.entries(routes).map(([name, { regex, to = web, tag = "" }]) =>
    makeRoute(name, forward([backendOf(to)]), {
      match: { path: { type: "regex", value: regex } },
      fields: { requestHeaders: { set: [{ name: "x-tag", value: tag }], add: [], remove: [] } },
    }),
  );
  const clusters = [...new Set(Object.values(routes).map(({ to = web }) => to))];
  return makeGateway([{ host: "*", routes: made }], clusters, port);
}

function wire(): void {
  const wanted = wireHold(hold, rig.server, { [web.key]: [echo.port] });
  want = (routes) => wanted(gatewayOf(routes));
}

async function tagOf(path: string): Promise<string> {
  const { status, body } = await httpGet(port, path);
  return status === 200 ? String(JSON.parse(body).headers["x-tag"]) : `${status} ${body}`;
}

function culprits(): string {
  return [...hold.culprits.keys()].sort().join(" ");
}

before(async () => {
  echo = await startEcho("one");
});

after(() => echo.stop());

beforeEach(async () => {
  rig = new XdsEnvoy();
  hold = new Hold();
  port = await freePort();
  await rig.startServer();
  wire();
});

afterEach(() => rig.stop());

describe("a route that Envoy refuses", () => {
  it("stays as it was accepted while others change, without a failed request", async () => {
    await rig.startEnvoy("envoy-1");
    want({ a: { regex: "/a", tag: "a1" }, b: { regex: "/b", tag: "b1" } });
    await eventually("the first state", async () => ((await tagOf("/a")) === "a1" ? true : undefined));
    const load = new SteadyLoad(port, "/b");
    await load.more(10);
    want({ a: { regex: "/a", tag: "a2" }, b: { regex: "(", tag: "b2" }, c: { regex: "/c", tag: "c1" } });
    await eventually("the culprit", () => culprits() === "HTTPRoute/default/b" || undefined);
    await eventually("the others", async () =>
      (await tagOf("/a")) === "a2" && (await tagOf("/c")) === "c1" ? true : undefined,
    );
    assert.equal(await tagOf("/b"), "b1");
    assert.match(hold.culprits.get("HTTPRoute/default/b")?.reason ?? "", /missing \)/);
    want({ a: { regex: "/a", tag: "a3" }, b: { regex: "/b", tag: "b3" }, c: { regex: "/c", tag: "c1" } });
    await eventually("the mended route", async () => ((await tagOf("/b")) === "b3" ? true : undefined));
    assert.equal(culprits(), "");
    assert.deepEqual(Object.keys(await load.stop()), ["200"]);
  });

  it("answers 500 where it was never accepted, and the others are served", async () => {
    want({ a: { regex: "/a", tag: "a1" }, b: { regex: "/b/(", tag: "b1" }, c: { regex: "/c", tag: "c1" } });
    await rig.startEnvoy("envoy-1");
    await eventually("the culprit", () => culprits() === "HTTPRoute/default/b" || undefined);
    await eventually("the others", async () =>
      (await tagOf("/a")) === "a1" && (await tagOf("/c")) === "c1" ? true : undefined,
    );
    assert.match(await tagOf("/b/x"), /^500 .*missing \)/);
  });

  it("does not fail the requests of others when the control plane restarts with it", async () => {
    const good = { a: { regex: "/a", tag: "a1" }, b: { regex: "/b", tag: "b1" }, c: { regex: "/c", tag: "c1" } };
    await rig.startEnvoy("envoy-1");
    want(good);
    await eventually("the first state", async () => ((await tagOf("/a")) === "a1" ? true : undefined));
    const load = new SteadyLoad(port, "/a");
    await rig.server.stop();
    await rig.startServer();
    hold = new Hold();
    wire();
    want({ ...good, b: { regex: "/b/(", tag: "b2" } });
    await eventually("the culprit", () => culprits() === "HTTPRoute/default/b" || undefined);
    await rig.accepted(1);
    await load.more(20);
    assert.deepEqual(Object.keys(await load.stop()), ["200"]);
  });
});

describe("a cluster that Envoy refuses", () => {
  it("keeps the routes that came to name it at what they were", async () => {
    await rig.startEnvoy("envoy-1");
    want({ a: { regex: "/a", tag: "a1" }, b: { regex: "/b", tag: "b1" } });
    await eventually("the first state", async () => ((await tagOf("/a")) === "a1" ? true : undefined));
    const load = new SteadyLoad(port, "/b");
    await load.more(10);
    const refused = { ...serviceCluster("web", 80, { connectTimeoutMs: 0 }), key: "service/default/web/80/edited" };
    want({ a: { regex: "/a", tag: "a2" }, b: { regex: "/b", tag: "b2", to: refused } });
    await eventually("the culprit", () => culprits() === "HTTPRoute/default/b" || undefined);
    await eventually("the other", async () => ((await tagOf("/a")) === "a2" ? true : undefined));
    assert.equal(await tagOf("/b"), "b1");
    assert.deepEqual(Object.keys(await load.stop()), ["200"]);
  });
});
