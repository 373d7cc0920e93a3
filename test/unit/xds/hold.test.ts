import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClusterIr, GatewayIr } from "../../../src/model/ir.ts";
import { HoldWorld, type Taste } from "../../helpers/hold-world.ts";
import { backendOf, forward, makeGateway, makeRoute, serviceCluster } from "../../helpers/make-ir.ts";

const web = serviceCluster("web");

/** Routes by name, each with its path; "bad" in a path is refused. */
function gatewayOf(paths: Readonly<Record<string, string>>, to: ClusterIr = web, port = 8081): GatewayIr {
  const routes = Object.entries(paths).map(([name, value]) =>
    makeRoute(name, forward([backendOf(to)]), { match: { path: { type: "prefix", value } } }),
  );
  return makeGateway([{ host: "*", routes }], [to], port);
}

const strict: Taste = {
  route: ({ match, action }) =>
    match.path.value.includes("bad") && action.kind === "forward" ? `no ${match.path.value}` : undefined,
  cluster: ({ settings }) => (settings.connectTimeoutMs === 0 ? "connect timeout must be over 0" : undefined),
};

/** By route: its path, or its direct answer. */
function served(world: HoldWorld): Readonly<Record<string, string>> {
  const routes =
    world.effective?.ports.flatMap(({ virtualHosts }) => virtualHosts.flatMap((host) => host.routes)) ?? [];
  return Object.fromEntries(
    routes.map(({ origin, match, action }) => [
      origin.name,
      action.kind === "respond" ? `${action.status} ${action.reason}` : match.path.value,
    ]),
  );
}

function worldWith(start: GatewayIr, ...tastes: readonly Taste[]): HoldWorld {
  const world = new HoldWorld();
  for (const [index, taste] of tastes.entries()) world.connect(`proxy-${index}`, taste);
  world.want(start);
  world.settle();
  return world;
}

describe("a refused route", () => {
  it("is held as it was accepted, and what changed with it is at its newest", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/b1", c: "/c1" }), strict);
    world.want(gatewayOf({ a: "/a2", b: "/bad", c: "/c1" }));
    world.settle();
    assert.deepEqual(served(world), { a: "/a2", b: "/b1", c: "/c1" });
    assert.deepEqual(world.culprits, ["HTTPRoute/default/b"]);
    assert.equal(world.hold.culprits.get("HTTPRoute/default/b")?.reason, "no /bad");
  });

  it("answers 500 with the reason where it was never accepted", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/bad", c: "/c1" }), strict);
    assert.deepEqual(served(world), { a: "/a1", b: "500 no /bad", c: "/c1" });
  });

  it("is found at the start without holding others meanwhile, since a control plane that restarts serves traffic", () => {
    const world = new HoldWorld();
    const held: string[][] = [];
    world.connect("p", {
      route: (route) => {
        if (world.hold.plan !== undefined) held.push([...world.hold.plan.held.keys()]);
        return strict.route?.(route);
      },
    });
    world.want(gatewayOf({ a: "/a1", b: "/bad", c: "/c1" }));
    world.settle();
    assert.ok(held.every((origins) => origins.length <= 1));
    assert.deepEqual(world.culprits, ["HTTPRoute/default/b"]);
  });

  it("is tried again when its object changes, and is free when that is accepted", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/bad1" }), strict);
    world.want(gatewayOf({ a: "/a1", b: "/bad2" }));
    world.settle();
    assert.equal(world.hold.culprits.get("HTTPRoute/default/b")?.reason, "no /bad2");
    world.want(gatewayOf({ a: "/a1", b: "/good" }));
    world.settle();
    assert.deepEqual(served(world), { a: "/a1", b: "/good" });
    assert.deepEqual(world.culprits, []);
  });

  it("is not tried again while others change", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/bad" }), strict);
    const { plans } = world;
    world.want(gatewayOf({ a: "/a2", b: "/bad" }));
    world.settle();
    assert.equal(world.plans, plans + 1);
    assert.deepEqual(served(world), { a: "/a2", b: "500 no /bad" });
  });

  it("goes with its object", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/b1" }), strict);
    world.want(gatewayOf({ a: "/a1", b: "/bad" }));
    world.settle();
    world.want(gatewayOf({ a: "/a1" }));
    world.settle();
    assert.deepEqual(served(world), { a: "/a1" });
    assert.deepEqual(world.culprits, []);
  });

  it("is found again where its object goes and comes back between two verdicts", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/bad" }), strict);
    world.want(gatewayOf({ a: "/a1" }));
    world.want(gatewayOf({ a: "/a1", b: "/bad" }));
    world.settle();
    assert.deepEqual(world.culprits, ["HTTPRoute/default/b"]);
  });

  it("keeps its last accepted state over several refusals and edits of others", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/b1" }), strict);
    for (const n of [2, 3, 4]) {
      world.want(gatewayOf({ a: `/a${n}`, b: `/bad${n}` }));
      world.settle();
    }
    assert.deepEqual(served(world), { a: "/a4", b: "/b1" });
  });

  it("is found among many, with others, in few plans", () => {
    const good = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`r${i}`, `/r${i}`]));
    const world = worldWith(gatewayOf(good), strict);
    const { plans } = world;
    const edited = Object.fromEntries(Object.keys(good).map((name) => [name, `/${name}/edited`]));
    world.want(gatewayOf({ ...edited, r7: "/bad", r150: "/bad" }));
    world.settle();
    assert.deepEqual(world.culprits, ["HTTPRoute/default/r150", "HTTPRoute/default/r7"]);
    assert.equal(served(world)["r8"], "/r8/edited");
    assert.ok(world.plans - plans < 40, `${world.plans - plans} plans`);
  });
});

describe("a refused cluster", () => {
  it("holds the routes that came to name it, so that their requests go where they went", () => {
    const world = worldWith(gatewayOf({ a: "/a1" }), strict);
    const edited = {
      ...serviceCluster("web", 80, { connectTimeoutMs: 0 }),
      key: "service/default/web/80/other-settings",
    };
    world.want(gatewayOf({ a: "/a1", b: "/b1" }, edited));
    world.settle();
    assert.deepEqual(world.culprits, ["HTTPRoute/default/a", "HTTPRoute/default/b"]);
    assert.deepEqual([...(world.effective?.clusters.keys() ?? [])], [web.key]);
    assert.deepEqual(served(world), { a: "/a1", b: "500 connect timeout must be over 0" });
  });

  it("of a known name is held itself", () => {
    const world = worldWith(gatewayOf({ a: "/a1" }), strict);
    world.want(gatewayOf({ a: "/a2" }, serviceCluster("web", 80, { connectTimeoutMs: 0 })));
    world.settle();
    assert.deepEqual(world.culprits, ["Service/default/web"]);
    assert.equal(world.effective?.clusters.get(web.key), web);
    assert.deepEqual(served(world), { a: "/a2" });
  });

  it("and a refused route at the same time are both found", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/b1", c: "/c1" }), strict);
    const bad = serviceCluster("worse", 80, { connectTimeoutMs: 0 });
    const both = gatewayOf({ a: "/bad", b: "/b2", c: "/c2" });
    const [port] = both.ports;
    const [host] = port?.virtualHosts ?? [];
    assert.ok(port && host);
    const d = makeRoute("d", forward([backendOf(bad)]));
    const clusters = new Map([...both.clusters, [bad.key, bad] as const]);
    world.want({ ...both, clusters, ports: [{ ...port, virtualHosts: [{ ...host, routes: [...host.routes, d] }] }] });
    world.settle();
    assert.deepEqual(world.culprits, ["HTTPRoute/default/a", "HTTPRoute/default/d"]);
    assert.equal(served(world)["b"], "/b2");
  });
});

describe("a refused listener", () => {
  const noSecond: Taste = { ...strict, listener: (port) => (port === 8082 ? "cannot bind" : undefined) };
  const oneOf = (second: GatewayIr, first: GatewayIr): GatewayIr => ({
    ...first,
    ports: [...first.ports, ...second.ports],
  });

  it("holds the Gateway's listeners as they were accepted", () => {
    const first = gatewayOf({ a: "/a1" });
    const world = worldWith(first, noSecond);
    world.want(oneOf(gatewayOf({ a: "/a1" }, web, 8082), first));
    world.settle();
    assert.deepEqual(world.culprits, ["Gateway/default/gw"]);
    assert.deepEqual(
      world.effective?.ports.map(({ port }) => port),
      [8081],
    );
  });

  it("holds nothing where there is nothing to hold it at, and other culprits are found all the same", () => {
    const both = (paths: Readonly<Record<string, string>>): GatewayIr =>
      oneOf(gatewayOf({ z: "/z" }, web, 8082), gatewayOf(paths));
    const world = worldWith(both({ a: "/a1", b: "/b1" }), noSecond);
    assert.deepEqual(world.culprits, []);
    assert.deepEqual(
      world.hold.unexplained.map(({ type, resource }) => [type, resource]),
      [["listener", "tcp-8082"]],
    );
    world.want(both({ a: "/a2", b: "/bad" }));
    world.settle();
    assert.deepEqual(world.culprits, ["HTTPRoute/default/b"]);
    assert.deepEqual(served(world), { a: "/a2", b: "/b1", z: "/z" });
  });
});

describe("proxies that differ", () => {
  const lenient: Taste = {};

  it("any refusal counts", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/b1" }), lenient, strict);
    world.want(gatewayOf({ a: "/a2", b: "/bad" }));
    world.settle();
    assert.deepEqual(served(world), { a: "/a2", b: "/b1" });
  });

  it("one that refuses what all have accepted before is told of, and nothing is held", () => {
    const world = worldWith(gatewayOf({ a: "/bad" }), lenient);
    world.connect("late", strict);
    world.settle();
    assert.deepEqual(world.culprits, []);
    assert.deepEqual(
      world.hold.unexplained.map(({ node, text }) => [node, text]),
      [["late", "no /bad"]],
    );
    world.disconnect("late");
    assert.deepEqual(world.hold.unexplained, []);
  });

  it("one that leaves in the midst of a search is not waited for", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/b1", c: "/c1" }), strict, strict);
    world.want(gatewayOf({ a: "/a2", b: "/bad", c: "/c2" }));
    world.answer("proxy-0");
    world.answer("proxy-0");
    world.disconnect("proxy-1");
    world.settle();
    assert.deepEqual(served(world), { a: "/a2", b: "/b1", c: "/c2" });
  });

  it("one that keeps silent is waited for once, no longer than the limit", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/b1", c: "/c1" }), strict, strict);
    world.want(gatewayOf({ a: "/a2", b: "/bad", c: "/c2" }));
    const answerAll = (): void => {
      while (world.answer("proxy-0"));
    };
    answerAll();
    assert.notDeepEqual(world.culprits, ["HTTPRoute/default/b"]);
    world.wait(1_000);
    answerAll();
    assert.deepEqual(world.culprits, ["HTTPRoute/default/b"]);
    assert.deepEqual(served(world), { a: "/a2", b: "/b1", c: "/c2" });
  });

  it("one that leaves in the midst of a search takes its refusals along", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/b1" }), lenient, strict);
    world.want(gatewayOf({ a: "/a2", b: "/b2", c: "/bad" }));
    world.answer("proxy-1");
    world.answer("proxy-1");
    world.disconnect("proxy-1");
    world.settle();
    assert.deepEqual(world.culprits, []);
    assert.deepEqual(served(world), { a: "/a2", b: "/b2", c: "/bad" });
  });

  it("all of which leave do not keep a newer Gateway waiting", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/b1", c: "/c1" }), strict);
    world.want(gatewayOf({ a: "/a2", b: "/bad", c: "/c2" }));
    world.answer("proxy-0");
    world.disconnect("proxy-0");
    world.want(gatewayOf({ a: "/a3", b: "/b3", c: "/c3" }));
    assert.deepEqual(served(world), { a: "/a3", b: "/b3", c: "/c3" });
  });
});

describe("a Gateway that is wanted during a search", () => {
  it("is taken up at its end, with what was found", () => {
    const world = worldWith(gatewayOf({ a: "/a1", b: "/b1", c: "/c1" }), strict);
    world.want(gatewayOf({ a: "/a2", b: "/bad", c: "/c2" }));
    world.answer("proxy-0");
    world.want(gatewayOf({ a: "/a3", b: "/bad", c: "/c3" }));
    world.settle();
    assert.deepEqual(served(world), { a: "/a3", b: "/b1", c: "/c3" });
    assert.deepEqual(world.culprits, ["HTTPRoute/default/b"]);
  });
});

describe("verdicts on snapshots before the plan", () => {
  it("say nothing of it", () => {
    const world = new HoldWorld();
    world.want(gatewayOf({ a: "/a1" }));
    world.want(gatewayOf({ a: "/a2" }));
    const outcome = {
      kind: "refused",
      type: "route",
      resource: "http-8081",
      origins: ["HTTPRoute/default/a"],
      text: "no",
    } as const;
    assert.equal(world.hold.verdict({ stream: "p", node: "p", gateway: "default/gw", sequence: 1, outcome }), false);
    assert.deepEqual(world.hold.unexplained, []);
    assert.equal(world.hold.verdict({ stream: "p", node: "p", gateway: "default/gw", sequence: 2, outcome }), true);
  });
});
