/** The xDS server and real Envoys: what is acknowledged is in effect, and no request is lost on the way. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { ClusterIr, EndpointsByCluster, GatewayIr } from "../../src/model/ir.ts";
import { type Builder, createBuilder } from "../../src/xds/build/builder.ts";
import { type HeldOrigins, nothingHeld } from "../../src/xds/held.ts";
import { resourceTypes } from "../../src/xds/snapshot.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Echo, httpGet, seenIn, startEcho } from "../helpers/http.ts";
import { backendOf, endpointsOf, forward, makeGateway, makeRoute, serviceCluster } from "../helpers/make-ir.ts";
import { freePort } from "../helpers/ports.ts";
import { SteadyLoad, XdsEnvoy } from "../helpers/xds-envoy.ts";

interface Wanted {
  readonly routes: Readonly<
    Record<string, { readonly path: string; readonly to: ClusterIr; readonly isRegex?: boolean }>
  >;
  readonly clusters?: readonly ClusterIr[];
}

let one: Echo;
let two: Echo;
let rig: XdsEnvoy;
let builder: Builder;
let port: number;
let sequence: number;
const blue = serviceCluster("blue");
const green = serviceCluster("green");

function gatewayOf({ routes, clusters }: Wanted): GatewayIr {
  const entries = Object.entries(routes);
  const made = entries.map(([name, { path, to, isRegex = false }]) =>
    makeRoute(name, forward([backendOf(to)]), { match: { path: { type: isRegex ? "regex" : "prefix", value: path } } }),
  );
  const used = clusters ?? [...new Set(entries.map(([, { to }]) => to))];
  return makeGateway([{ host: "*", routes: made }], used, port);
}

/** Blue is served by server one, green by server two, unless told otherwise. */
function publish(wanted: Wanted, endpoints?: EndpointsByCluster, held: HeldOrigins = nothingHeld): number {
  sequence += 1;
  const places = endpoints ?? endpointsOf({ [blue.key]: [one.port], [green.key]: [two.port] });
  rig.server.publish(builder.build({ gateway: gatewayOf(wanted), endpoints: places, held, sequence }));
  return sequence;
}

async function servedBy(path: string): Promise<string> {
  return seenIn(await httpGet(port, path)).server;
}

function pushCounts(): Promise<readonly number[]> {
  return Promise.all(resourceTypes.map((type) => rig.pushes(type)));
}

before(async () => {
  one = await startEcho("one");
  two = await startEcho("two");
});

after(async () => {
  await one.stop();
  await two.stop();
});

beforeEach(async () => {
  rig = new XdsEnvoy();
  builder = createBuilder({
    bind: "127.0.0.1",
    streamIdleTimeoutMs: 300_000,
    accessLogFlushMs: 1_000,
    reusePort: true,
  });
  port = await freePort();
  sequence = 0;
  await rig.startServer();
});

afterEach(() => rig.stop());

describe("one Envoy", () => {
  beforeEach(async () => {
    await rig.startEnvoy("envoy-1");
    await rig.accepted(publish({ routes: { r: { path: "/", to: blue } } }));
    await eventually("the listener", () => servedBy("/"));
  });

  it("is configured by its first snapshot and says which release it is", async () => {
    assert.equal(await servedBy("/"), "one");
    const [state] = rig.server.proxies.get();
    assert.equal(state?.version, "1.40.0");
    assert.deepEqual(
      Object.values(state?.types ?? {}).map((type) => type.state),
      resourceTypes.map(() => "SYNCED"),
    );
  });

  it("moves a route from one cluster to another without a failed request, and loses the old one last", async () => {
    const load = new SteadyLoad(port, "/");
    await load.more(20);
    for (const to of [green, blue, green]) {
      await rig.accepted(publish({ routes: { r: { path: "/", to } } }));
      assert.equal(await servedBy("/"), to === green ? "two" : "one");
      const gone = to === green ? blue : green;
      await eventually("the removal", async () => {
        const { body } = await rig.admin("envoy-1").get("/clusters");
        return body.includes(gone.key) ? undefined : true;
      });
      await load.more(20);
    }
    const statuses = await load.stop();
    assert.deepEqual(Object.keys(statuses), ["200"]);
  });

  it("has a changed cluster in effect at once, without a failed request", async () => {
    const load = new SteadyLoad(port, "/");
    for (let connectTimeoutMs = 2_001; connectTimeoutMs < 2_006; connectTimeoutMs++) {
      const changed = serviceCluster("blue", 80, { connectTimeoutMs });
      const startedMs = performance.now();
      await rig.accepted(publish({ routes: { r: { path: "/", to: changed } } }));
      const active = await eventually("the changed cluster", async () => {
        const { body } = await rig.admin("envoy-1").get("/config_dump?resource=dynamic_active_clusters");
        return body.includes(`${connectTimeoutMs / 1_000}s`) ? body : undefined;
      });
      assert.ok(performance.now() - startedMs < 2_000, "no wait for Envoy's own limit of 15 s");
      assert.ok(active.includes(blue.key));
      await load.more(10);
    }
    assert.doesNotMatch(
      (await rig.admin("envoy-1").get("/config_dump?resource=dynamic_warming_clusters")).body,
      /blue/,
    );
    assert.deepEqual(Object.keys(await load.stop()), ["200"]);
  });

  it("follows 100 random edits of routes and clusters under load without a failed request", async () => {
    const load = new SteadyLoad(port, "/");
    const random = lcg(7);
    for (let i = 0; i < 100; i++) {
      const to = serviceCluster(random(2) === 0 ? "blue" : "green", 80, { connectTimeoutMs: 1_000 + random(3) });
      const extra = Object.fromEntries(Array.from({ length: random(4) }, (_, n) => [`x${n}`, { path: `/x${n}`, to }]));
      const last = publish({ routes: { ...extra, r: { path: "/", to } } });
      if (random(3) === 0) await rig.accepted(last);
    }
    await rig.accepted(sequence);
    await load.more(20);
    assert.deepEqual(Object.keys(await load.stop()), ["200"]);
  });

  it("gets a changed endpoint and nothing else", async () => {
    const beforeEdit = await pushCounts();
    await rig.accepted(publish({ routes: { r: { path: "/", to: blue } } }, endpointsOf({ [blue.key]: [two.port] })));
    await eventually("the other server", async () => ((await servedBy("/")) === "two" ? true : undefined));
    assert.deepEqual(await pushCounts(), [beforeEdit[0], (beforeEdit[1] ?? 0) + 1, ...beforeEdit.slice(2)]);
  });

  it("keeps a removed cluster while a request names it", async () => {
    rig.server.setClustersInUse(new Set([blue.key]));
    await rig.accepted(publish({ routes: { r: { path: "/", to: green } } }));
    await new Promise((wake) => setTimeout(wake, 300));
    assert.match((await rig.admin("envoy-1").get("/clusters")).body, new RegExp(blue.key));
    rig.server.setClustersInUse(new Set());
    await eventually("the removal", async () =>
      (await rig.admin("envoy-1").get("/clusters")).body.includes(blue.key) ? undefined : true,
    );
  });

  it("answers 503 for a cluster without endpoints, at once", async () => {
    await rig.accepted(publish({ routes: { r: { path: "/", to: green } } }, endpointsOf({})));
    assert.equal((await httpGet(port, "/")).status, 503);
  });

  it("is sent nothing when the server restarts with the same content, and removals of what went meanwhile", async () => {
    await rig.server.stop();
    await rig.startServer();
    await rig.accepted(publish({ routes: { r: { path: "/", to: blue } } }));
    assert.ok((await pushCounts()).every((count) => count === 0));
    await rig.server.stop();
    assert.equal(await servedBy("/"), "one", "goes on without a control plane");
    await rig.startServer();
    await rig.accepted(publish({ routes: { r: { path: "/", to: green } } }));
    await eventually("the removal", async () =>
      (await rig.admin("envoy-1").get("/clusters")).body.includes(blue.key) ? undefined : true,
    );
    assert.equal(await servedBy("/"), "two");
  });

  it("that refuses a route keeps the one before it, and the cluster that this names", async () => {
    publish({ routes: { r: { path: "/", to: green }, bad: { path: "(", to: green, isRegex: true } } });
    const refusal = await rig.refused();
    assert.equal(refusal.type, "route");
    assert.ok(refusal.origins.includes("HTTPRoute/default/bad"));
    assert.match(refusal.text, /missing \)/);
    await new Promise((wake) => setTimeout(wake, 300));
    assert.equal(await servedBy("/"), "one");
  });

  it("that refuses a cluster takes the others, and all once it is mended", async () => {
    const bad = serviceCluster("bad", 80, { connectTimeoutMs: 0 });
    const routes = { r: { path: "/", to: green } };
    publish({ routes, clusters: [blue, green, bad] });
    const refusal = await rig.refused();
    assert.deepEqual([refusal.type, refusal.resource], ["cluster", bad.key]);
    await eventually("the good route", async () => ((await servedBy("/")) === "two" ? true : undefined));
    await rig.accepted(publish({ routes, clusters: [blue, green, serviceCluster("bad")] }));
  });
});

describe("two Envoys of one Gateway", () => {
  it("both follow, and each is told of", async () => {
    await rig.startEnvoy("envoy-1");
    await rig.startEnvoy("envoy-2");
    await rig.accepted(publish({ routes: { r: { path: "/", to: blue } } }), 2);
    const states = await rig.accepted(publish({ routes: { r: { path: "/", to: green } } }), 2);
    assert.deepEqual(states.map(({ node }) => node).sort(), ["envoy-1", "envoy-2"]);
    for (let i = 0; i < 20; i++) assert.equal(await servedBy("/"), "two");
  });
});

/** A small seeded generator: the same edits in each run. */
function lcg(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
}
