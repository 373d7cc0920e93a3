/**
 * Random interleavings of a server and a client: publishes, delayed messages, lost streams, refusals,
 * resubscriptions, clusters in use, time. At every moment each cluster that a sent route names is there; in the end
 * the client holds exactly the snapshot.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { resourceTypes, type XdsResource } from "../../src/xds/snapshot.ts";
import type { SnapshotContent } from "../helpers/make-snapshot.ts";
import { assertHeld } from "../helpers/xds-rules.ts";
import { type WorldOptions, XdsWorld } from "../helpers/xds-world.ts";

const clusterNames = ["a", "b", "c", "d"];
const routeNames = ["r", "s"];
const secretNames = ["x", "y"];

const anyVersion = fc.constantFrom("1", "2", "3", "bad");
const anyContent: fc.Arbitrary<SnapshotContent> = fc
  .record({
    cluster: fc.dictionary(fc.constantFrom(...clusterNames), anyVersion, { minKeys: 1 }),
    endpoint: fc.dictionary(fc.constantFrom(...clusterNames), anyVersion),
    secret: fc.dictionary(fc.constantFrom(...secretNames), anyVersion),
    routes: fc.dictionary(
      fc.constantFrom(...routeNames),
      fc.record({ mask: fc.nat(15), content: anyVersion, shown: fc.subarray(secretNames), listener: anyVersion }),
    ),
  })
  .map(({ cluster, endpoint, secret, routes }) => {
    const known = clusterNames.filter((name) => name in cluster);
    const route = Object.entries(routes).map(([name, { mask, content }]) => {
      const needs = known.filter((_, bit) => (mask >> bit) & 1);
      return [name, { content, needs }] as const;
    });
    const listener = Object.entries(routes).map(([name, { shown, listener: content }]) => {
      const secrets = shown.filter((used) => used in secret);
      return [`listener-${name}`, { needs: [name], secrets, content }] as const;
    });
    return {
      cluster: { ...cluster },
      endpoint: { ...endpoint },
      secret: { ...secret },
      route: Object.fromEntries(route),
      listener: Object.fromEntries(listener),
    };
  });

type Step = (world: XdsWorld) => void;

/** A counterexample shows the label. */
function step(label: string, run: Step): Step {
  return Object.assign(run, { [fc.toStringMethod]: () => label });
}

const publish = anyContent.map((content) =>
  step(`publish ${JSON.stringify(content)}`, (world) => world.publish(content)),
);
const deliver = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 4 })).map(([toClient, count]) =>
  step(`deliver ${count} to ${toClient ? "client" : "server"}`, (world) => {
    for (let i = 0; i < count; i++) world.deliver(toClient);
  }),
);
const exchange = fc.constant(
  step("exchange all", (world) => {
    while (world.deliver(true) || world.deliver(false));
  }),
);
const reconnect = fc.constant(step("reconnect", (world) => world.connect()));
const resubscribe = fc
  .tuple(fc.constantFrom(...resourceTypes), fc.constantFrom(...clusterNames, ...routeNames, ...secretNames, "ghost"))
  .map(([type, name]) => step(`resubscribe ${type} ${name}`, (world) => world.resubscribe(type, name)));
const use = fc.subarray(clusterNames).map((names) => step(`use ${names.join(" ")}`, (world) => world.use(names)));
const wait = fc.nat(60).map((ms) => step(`wait ${ms}`, (world) => world.wait(ms)));

const anySteps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: publish },
    { weight: 12, arbitrary: deliver },
    { weight: 2, arbitrary: exchange },
    { weight: 1, arbitrary: reconnect },
    { weight: 1, arbitrary: resubscribe },
    { weight: 1, arbitrary: use },
    { weight: 3, arbitrary: wait },
  ),
  { maxLength: 80 },
);

function play(steps: readonly Step[], options: Pick<WorldOptions, "refuses" | "checksOrder">): XdsWorld {
  const world = new XdsWorld({ gateLimitMs: 50, removalGraceMs: 20, ...options });
  for (const step of steps) step(world);
  world.settle();
  return world;
}

const isBad = ({ body }: XdsResource): boolean => body.toString().endsWith('"bad"]');

describe("a client of delta ADS, whatever the interleaving", () => {
  it("has each cluster before a route names it, and keeps it as long as one does", () => {
    const property = fc.property(anySteps, (steps) => void play(steps, { checksOrder: true }));
    fc.assert(property, { numRuns: 1_000 });
  });

  it("ends with exactly the snapshot, acknowledged", () => {
    const property = fc.property(anySteps, (steps) => {
      const { client, snapshot, inUse, stream } = play(steps, { checksOrder: true });
      assertHeld(client, snapshot, { isRefused: () => false, isKept: (name) => inUse.has(name) });
      assert.equal(stream.acked(), snapshot.sequence);
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it("ends with all of the snapshot that it does not refuse", () => {
    const refuses: WorldOptions["refuses"] = (_, resource) => (isBad(resource) ? "bad" : undefined);
    const property = fc.property(anySteps, (steps) => {
      const { client, snapshot, inUse, stream } = play(steps, { refuses, checksOrder: false });
      // A refused route or listener keeps the one before it in use, and so its clusters and secrets.
      const { route, listener } = snapshot.resources;
      const isUserRefused = [...route.values(), ...listener.values()].some(isBad);
      assertHeld(client, snapshot, { isRefused: isBad, isKept: (name) => isUserRefused || inUse.has(name) });
      const isRefused = resourceTypes.some((type) => [...snapshot.resources[type].values()].some(isBad));
      if (!isRefused) assert.equal(stream.acked(), snapshot.sequence);
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});
