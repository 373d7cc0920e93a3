/** Random Gateways, culprits and proxies: exactly the culprits end up held, and everything else is at its newest. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ClusterIr, GatewayIr, RouteIr } from "../../src/model/ir.ts";
import { originKey } from "../../src/xds/names.ts";
import { HoldWorld, type Taste } from "../helpers/hold-world.ts";
import { backendOf, forward, makeGateway, makeRoute, serviceCluster } from "../helpers/make-ir.ts";

const routeNames = ["a", "b", "c", "d", "e", "f", "g", "h"];

interface RouteState {
  readonly version: number;
  readonly fault: "none" | "route" | "cluster" | "picky";
  readonly port: 8081 | 8082;
}

const anyRoute: fc.Arbitrary<RouteState> = fc.record({
  version: fc.nat(3),
  fault: fc.oneof(
    { weight: 6, arbitrary: fc.constant("none" as const) },
    { weight: 2, arbitrary: fc.constant("route" as const) },
    { weight: 1, arbitrary: fc.constant("cluster" as const) },
    { weight: 1, arbitrary: fc.constant("picky" as const) },
  ),
  port: fc.constantFrom(8081, 8082),
});

type Routes = Readonly<Record<string, RouteState>>;
const anyRoutes: fc.Arbitrary<Routes> = fc.dictionary(fc.constantFrom(...routeNames), anyRoute);

const good = serviceCluster("good");
const bad = serviceCluster("bad", 80, { connectTimeoutMs: 0 });

function gatewayOf(routes: Routes): GatewayIr {
  const used = new Set<ClusterIr>();
  const made = (port: number): readonly RouteIr[] =>
    Object.entries(routes).flatMap(([name, state]) => {
      if (state.port !== port) return [];
      const cluster = state.fault === "cluster" ? bad : good;
      used.add(cluster);
      const value = `/${state.fault}/${state.version}`;
      return [makeRoute(name, forward([backendOf(cluster)]), { match: { path: { type: "prefix", value } } })];
    });
  const ports = [8081, 8082].flatMap((port) => makeGateway([{ host: "*", routes: made(port) }], [], port).ports);
  return { ...makeGateway([], [...used]), ports };
}

const refusesRoute =
  (...faults: readonly string[]): NonNullable<Taste["route"]> =>
  ({ match, action }) =>
    action.kind === "forward" && faults.some((fault) => match.path.value.startsWith(`/${fault}/`)) ? "no" : undefined;
const cluster: NonNullable<Taste["cluster"]> = ({ settings }) => (settings.connectTimeoutMs === 0 ? "no" : undefined);
const strict: Taste = { cluster, route: refusesRoute("route") };
const picky: Taste = { cluster, route: refusesRoute("route", "picky") };

type Step = (world: HoldWorld, model: { routes: Routes }) => void;
const label = (text: string, run: Step): Step => Object.assign(run, { [fc.toStringMethod]: () => text });

const want = anyRoutes.map((routes) =>
  label(`want ${JSON.stringify(routes)}`, (world, model) => {
    model.routes = routes;
    world.want(gatewayOf(routes));
  }),
);
const edit = fc.tuple(fc.constantFrom(...routeNames), anyRoute).map(([name, state]) =>
  label(`edit ${name} ${JSON.stringify(state)}`, (world, model) => {
    model.routes = { ...model.routes, [name]: state };
    world.want(gatewayOf(model.routes));
  }),
);
const streams = fc.constantFrom("p", "q", "r");
const answer = streams.map((stream) => label(`${stream} answers`, (world) => void world.answer(stream)));
const settle = fc.constant(label("settle", (world) => world.settle()));
const republish = fc.constant(label("republish", (world) => world.republish()));
const wait = fc.nat(800).map((ms) => label(`wait ${ms}`, (world) => world.wait(ms)));
const disconnect = streams.map((stream) => label(`${stream} leaves`, (world) => world.disconnect(stream)));
const connect = (tastes: Readonly<Record<string, Taste>>) =>
  fc
    .tuple(streams, fc.constantFrom(...Object.keys(tastes)))
    .map(([stream, taste]) =>
      label(`${stream} comes, ${taste}`, (world) => world.connect(stream, tastes[taste] ?? strict)),
    );

const stepsWith = (tastes: Readonly<Record<string, Taste>>, others: { readonly mayBeSilent: boolean }) =>
  fc.array(
    fc.oneof(
      { weight: 2, arbitrary: want },
      { weight: 4, arbitrary: edit },
      { weight: 8, arbitrary: answer },
      { weight: 2, arbitrary: settle },
      { weight: 1, arbitrary: republish },
      { weight: others.mayBeSilent ? 2 : 0, arbitrary: wait },
      { weight: 1, arbitrary: disconnect },
      { weight: 2, arbitrary: connect(tastes) },
    ),
    { maxLength: 40 },
  );

function play(steps: readonly Step[]): { readonly world: HoldWorld; readonly routes: Routes } {
  const world = new HoldWorld();
  const model: { routes: Routes } = { routes: {} };
  world.want(gatewayOf({}));
  for (const step of steps) step(world, model);
  world.connect("last", strict);
  world.settle();
  return { world, routes: model.routes };
}

function originsOf(routes: Routes, ...faults: readonly RouteState["fault"][]): readonly string[] {
  const names = Object.keys(routes).filter((name) => faults.includes(routes[name]?.fault ?? "none"));
  return names.map((name) => `HTTPRoute/default/${name}`).sort();
}

/** Paths that are served, by origin. */
function servedPaths(world: HoldWorld): ReadonlyMap<string, string> {
  const routes =
    world.effective?.ports.flatMap(({ virtualHosts }) => virtualHosts.flatMap((host) => host.routes)) ?? [];
  return new Map(routes.map(({ origin, match }) => [originKey(origin), match.path.value]));
}

function assertNewest(world: HoldWorld, routes: Routes): void {
  const served = servedPaths(world);
  for (const [name, { fault, version }] of Object.entries(routes)) {
    const origin = `HTTPRoute/default/${name}`;
    if (!world.culprits.includes(origin))
      assert.equal(served.get(origin), `/${fault}/${version}`, `${name} is at its newest`);
  }
}

describe("Hold, whatever proxies do and when", () => {
  it("ends with exactly the culprits held and all else at its newest", () => {
    const property = fc.property(stepsWith({ strict }, { mayBeSilent: true }), (steps) => {
      const { world, routes } = play(steps);
      assert.deepEqual(world.culprits, originsOf(routes, "route", "cluster"));
      assert.deepEqual(world.hold.unexplained, []);
      assertNewest(world, routes);
      assert.deepEqual(world.hold.accepted, world.hold.plan);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it("holds no more than what some proxy refused, where they differ", () => {
    const property = fc.property(stepsWith({ strict, picky }, { mayBeSilent: false }), (steps) => {
      const { world, routes } = play(steps);
      const possible = originsOf(routes, "route", "cluster", "picky");
      const certain = originsOf(routes, "route", "cluster");
      assert.ok(
        world.culprits.every((origin) => possible.includes(origin)),
        `${world.culprits} are refused by some`,
      );
      assert.ok(
        certain.every((origin) => world.culprits.includes(origin)),
        `${certain} are held`,
      );
      assertNewest(world, routes);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it("ends after a bounded number of plans", () => {
    const property = fc.property(anyRoutes, anyRoutes, (before, after) => {
      const world = new HoldWorld();
      world.connect("p", strict);
      world.want(gatewayOf(before));
      world.settle();
      const { plans } = world;
      world.want(gatewayOf(after));
      world.settle();
      // Two ports are two resources, so two searches: each holds every route once alone, then none, then groups.
      const suspects = Object.keys(after).length;
      assert.ok(world.plans - plans <= 2 * (3 * suspects + 1) + 4, `${world.plans - plans} plans`);
    });
    fc.assert(property, { numRuns: 500 });
  });
});
