import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GatewayIr, RouteIr } from "../../../src/model/ir.ts";
import { withHeld } from "../../../src/xds/build/held.ts";
import type { HeldOrigin } from "../../../src/xds/held.ts";
import { nothingHeld } from "../../../src/xds/held.ts";
import { backendOf, forward, makeGateway, makeRoute, poolCluster, serviceCluster } from "../../helpers/make-ir.ts";

const web = serviceCluster("web");
const old = serviceCluster("old");
const to = forward([backendOf(web)]);
const at = (name: string, path: string, type: "prefix" | "regex" = "prefix"): RouteIr =>
  makeRoute(name, to, { match: { path: { type, value: path } } });

function gatewayOf(routes: readonly RouteIr[], clusters = [web]): GatewayIr {
  return makeGateway([{ host: "*", routes }], clusters);
}

function hold(gateway: GatewayIr, key: string, holding: HeldOrigin): GatewayIr {
  return withHeld(gateway, new Map([[key, holding]]));
}

function routesOf(gateway: GatewayIr, host = "*"): readonly RouteIr[] {
  return gateway.ports[0]?.virtualHosts.find((candidate) => candidate.host === host)?.routes ?? [];
}

const names = (routes: readonly RouteIr[]): readonly string[] => routes.map(({ origin }) => origin.name);

describe("nothing held", () => {
  it("leaves the Gateway as it is", () => {
    const gateway = gatewayOf([at("a", "/a")]);
    assert.equal(withHeld(gateway, nothingHeld), gateway);
  });
});

describe("a held route that was accepted before", () => {
  it("stays as it was, where it was among the others", () => {
    const accepted = at("held", "/held");
    const last = gatewayOf([at("a", "/a"), accepted, at("z", "/z")]);
    const wanted = gatewayOf([at("new", "/new"), at("held", "(", "regex"), at("a", "/a"), at("z", "/z")]);
    const routes = routesOf(hold(wanted, "HTTPRoute/default/held", { reason: "", last }));
    assert.deepEqual(names(routes), ["new", "a", "held", "z"]);
    assert.equal(routes[2], accepted);
  });

  it("leaves other hosts the identical objects", () => {
    const other = { host: "other.test", routes: [at("a", "/a")] };
    const gateway = makeGateway([other, { host: "*", routes: [at("held", "/new")] }], [web]);
    const last = gatewayOf([at("held", "/old")]);
    const built = hold(gateway, "HTTPRoute/default/held", { reason: "", last });
    assert.equal(built.ports[0]?.virtualHosts[0], other);
  });

  it("keeps the host and the cluster that only it still names", () => {
    const accepted = makeRoute("held", forward([backendOf(old)]));
    const last = makeGateway([{ host: "gone.test", routes: [accepted, at("a", "/a")] }], [web, old]);
    const built = hold(gatewayOf([at("held", "/new")]), "HTTPRoute/default/held", { reason: "", last });
    assert.deepEqual(routesOf(built, "gone.test"), [accepted]);
    assert.deepEqual(routesOf(built), []);
    assert.equal(built.clusters.get(old.key), old);
  });

  it("is gone where it had not been", () => {
    const built = hold(gatewayOf([at("held", "/new"), at("a", "/a")]), "HTTPRoute/default/held", {
      reason: "",
      last: gatewayOf([]),
    });
    assert.deepEqual(names(routesOf(built)), ["a"]);
  });
});

describe("a cluster that only the refused state of a held route names", () => {
  it("is left out, since it may be what was refused", () => {
    const renamed = serviceCluster("web", 81);
    const accepted = makeRoute("held", forward([backendOf(web)]));
    const wanted = gatewayOf([makeRoute("held", forward([backendOf(renamed)]))], [renamed]);
    const built = hold(wanted, "HTTPRoute/default/held", { reason: "", last: gatewayOf([accepted], [web]) });
    assert.deepEqual([...built.clusters.keys()], [web.key]);
  });
});

describe("a held route that was never accepted", () => {
  const refused = (route: RouteIr): readonly RouteIr[] =>
    routesOf(hold(gatewayOf([route, at("a", "/a")]), "HTTPRoute/default/held", { reason: "too large" }));

  it("answers 500 with the reason, in its place", () => {
    const routes = refused(at("held", "/held"));
    assert.deepEqual(names(routes), ["held", "a"]);
    assert.deepEqual(routes[0]?.action, { kind: "respond", status: 500, reason: "too large" });
    assert.deepEqual(routes[0]?.match.path, { type: "prefix", value: "/held" });
  });

  for (const [regex, prefix] of [
    ["/v1/models/[a-z]+", "/v1/models"],
    ["/v1/mod.*", "/v1"],
    ["/a|/b", "/"],
    [".*", "/"],
  ] as const) {
    it(`answers after all others at ${prefix}, since its expression ${regex} may be what was refused`, () => {
      const routes = refused(at("held", regex, "regex"));
      assert.deepEqual(names(routes), ["a", "held"]);
      assert.deepEqual(routes[1]?.match.path, { type: "prefix", value: prefix });
    });
  }
});

describe("a held cluster", () => {
  const key = "InferencePool/default/pool";
  const wanted = poolCluster("pool", { connectTimeoutMs: 1 });
  const accepted = poolCluster("pool");
  const gateway = gatewayOf([makeRoute("a", forward([backendOf(wanted), backendOf(web)]))], [wanted, web]);

  it("stays as it was accepted", () => {
    const built = hold(gateway, key, { reason: "", last: gatewayOf([], [accepted]) });
    assert.equal(built.clusters.get(wanted.key), accepted);
    assert.equal(routesOf(built)[0], routesOf(gateway)[0]);
  });

  it("is left out when it never was, and its share of requests has no backend", () => {
    const built = hold(gateway, key, { reason: "no such setting" });
    assert.deepEqual([...built.clusters.keys()], [web.key]);
    const action = routesOf(built)[0]?.action;
    assert.deepEqual(action?.kind === "forward" ? action.backends.map(({ target }) => target) : [], [
      { kind: "missing", reason: "no such setting" },
      { kind: "cluster", cluster: web.key },
    ]);
  });
});

describe("a held Gateway", () => {
  it("has the ports that were accepted", () => {
    const key = "Gateway/default/gw";
    const last = makeGateway([], [], 80);
    const gateway = { ...last, ports: [...makeGateway([], [], 80).ports, ...makeGateway([], [], 81).ports] };
    const portsOf = (holding: HeldOrigin): readonly number[] =>
      hold(gateway, key, holding).ports.map(({ port }) => port);
    assert.deepEqual(portsOf({ reason: "cannot bind", last }), [80]);
    assert.deepEqual(portsOf({ reason: "cannot bind" }), []);
  });
});
