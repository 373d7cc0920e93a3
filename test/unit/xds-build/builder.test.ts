import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouteConfiguration } from "../../../src/gen/envoy/config/route/v3/route.ts";
import type { EndpointsByCluster, GatewayIr, RouteIr, VirtualHostIr } from "../../../src/model/ir.ts";
import { createBuilder } from "../../../src/xds/build/builder.ts";
import { encodeRoute } from "../../../src/xds/build/route.ts";
import { nothingHeld } from "../../../src/xds/held.ts";
import { findMissing, resourceTypes, type Snapshot } from "../../../src/xds/snapshot.ts";
import {
  backendOf,
  endpointsOf,
  forward,
  makeGateway,
  makeRoute,
  matchModel,
  poolCluster,
  serviceCluster,
} from "../../helpers/make-ir.ts";

const options = { bind: "0.0.0.0", streamIdleTimeoutMs: 300_000, accessLogFlushMs: 10_000, reusePort: true };
const web = serviceCluster("web");
const pool = poolCluster("pool");
const endpoints = endpointsOf({ [web.key]: [8001], [pool.key]: [8002] });

function host(routes: readonly RouteIr[], servedModels: readonly string[] = []): VirtualHostIr {
  return { host: "*", routes, model: { servedModels } };
}

const first = makeRoute("first", forward([backendOf(web)]), { match: { path: { type: "prefix", value: "/a" } } });
const second = makeRoute("second", forward([backendOf(pool)]), { match: matchModel("exact", "m"), body: "needs" });
const gateway = makeGateway([host([first, second])], [web, pool]);

function builder() {
  const { build } = createBuilder(options);
  let sequence = 0;
  return (ir: GatewayIr, at: EndpointsByCluster = endpoints): Snapshot =>
    build({ gateway: ir, endpoints: at, held: nothingHeld, sequence: ++sequence });
}

describe("a snapshot", () => {
  it("says in answers which server gave them in conformance runs alone", () => {
    const added = (conformance: boolean) => {
      const snapshot = createBuilder({ ...options, conformance }).build({
        ...{ gateway, endpoints, held: nothingHeld, sequence: 1 },
      });
      const [table] = snapshot.resources.route.values();
      return RouteConfiguration.decode(table?.body ?? new Uint8Array()).responseHeadersToAdd?.map(
        ({ header }) => `${header?.key}: ${header?.value}`,
      );
    };
    assert.deepEqual(added(false), []);
    assert.deepEqual(added(true), ["x-conformance-test-served-endpoint: %UPSTREAM_REMOTE_ADDRESS%"]);
  });

  it("is closed, and says what each resource needs and comes from", () => {
    const { resources } = builder()(gateway);
    assert.equal(findMissing({ gateway: "", sequence: 1, resources }), undefined);
    const routes = resources.route.get("http-8081");
    assert.deepEqual(routes?.needs, [pool.key, web.key]);
    assert.deepEqual(routes?.origins, ["Gateway/default/gw", "HTTPRoute/default/first", "HTTPRoute/default/second"]);
    assert.deepEqual(resources.cluster.get(pool.key)?.needs, [pool.key]);
    assert.deepEqual(resources.listener.get("tcp-8081")?.needs, ["http-8081"]);
  });

  it("has the same bytes whoever builds it", () => {
    const copy = structuredClone(gateway);
    for (const type of resourceTypes) {
      const [one, other] = [builder()(gateway), builder()(copy)].map(({ resources }) => resources[type]);
      assert.deepEqual(one, other);
    }
  });

  it("has an empty assignment for a cluster without endpoints", () => {
    const { resources } = builder()(gateway, new Map());
    assert.deepEqual([...resources.endpoint.keys()], [web.key, pool.key]);
  });
});

describe("the next snapshot", () => {
  it("keeps every map when nothing changed", () => {
    const build = builder();
    const before = build(gateway);
    const after = build(structuredClone(gateway));
    assert.equal(after.sequence, before.sequence + 1);
    for (const type of resourceTypes) assert.equal(after.resources[type], before.resources[type]);
  });

  it("changes the assignment alone when an endpoint changed", () => {
    const build = builder();
    const before = build(gateway).resources;
    const after = build(gateway, endpointsOf({ [web.key]: [8003], [pool.key]: [8002] })).resources;
    assert.notEqual(after.endpoint.get(web.key)?.version, before.endpoint.get(web.key)?.version);
    assert.equal(after.endpoint.get(pool.key), before.endpoint.get(pool.key));
    for (const type of ["cluster", "listener", "route"] as const) assert.equal(after[type], before[type]);
  });

  it("keeps listeners and clusters whatever the routes become, a host's first model rule included", () => {
    const build = builder();
    const before = build(makeGateway([{ host: "*", routes: [first] }], [web, pool])).resources;
    const after = build(gateway).resources;
    assert.notEqual(after.route.get("http-8081")?.version, before.route.get("http-8081")?.version);
    assert.equal(after.listener, before.listener);
    assert.equal(after.cluster, before.cluster);
  });

  it("equals a fresh one after a route changed", () => {
    const build = builder();
    build(gateway);
    const changed = makeRoute("first", forward([backendOf(pool)]), { body: "needs" });
    const ir = makeGateway([host([changed, second])], [web, pool]);
    assert.deepEqual(build(ir).resources, builder()(ir).resources);
  });
});

describe("a route", () => {
  it("is encoded once for as long as it lives", () => {
    let encodings = 0;
    const watched = new Proxy(first, {
      get(target, key, receiver) {
        if (key === "match") encodings++;
        return Reflect.get(target, key, receiver);
      },
    });
    const build = builder();
    build(makeGateway([host([watched, second])], [web, pool]));
    const once = encodings;
    build(makeGateway([host([second, watched])], [web, pool]));
    assert.ok(once > 0);
    assert.equal(encodings, once);
  });

  it("is framed so that a virtual host's bytes are its routes' bytes in a row", () => {
    const { resources } = builder()(gateway);
    const body = Buffer.from(resources.route.get("http-8081")?.body ?? []);
    assert.ok(body.includes(Buffer.concat([first, second].map((route) => encodeRoute(route, true).framed))));
  });

  it("mentions no filter on a host that has none of them", () => {
    const plain = encodeRoute(first, false).framed;
    assert.ok(!Buffer.from(plain).includes("envoy.filters"));
    assert.ok(Buffer.from(encodeRoute(first, true).framed).includes("envoy.filters.http.transform"));
  });
});

describe("the longest direct response", () => {
  const limitOf = (ir: GatewayIr): number | undefined =>
    RouteConfiguration.decode(builder()(ir).resources.route.get("http-8081")?.body ?? new Uint8Array())
      .maxDirectResponseBodySizeBytes;

  it("raises Envoy's limit when a list of models needs it", () => {
    const models = Array.from({ length: 200 }, (_, index) => `model-${index}`);
    assert.ok((limitOf(makeGateway([host([second], models)], [pool])) ?? 0) > 4096);
    assert.equal(limitOf(gateway), undefined);
  });

  it("raises it for a long reason too", () => {
    const route = makeRoute("long", { kind: "respond", status: 500, reason: "x".repeat(5000) });
    assert.equal(limitOf(makeGateway([{ host: "*", routes: [route] }], [])), 5000);
  });
});
