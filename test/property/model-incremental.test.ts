import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { RouteIr } from "../../src/model/ir.ts";
import { createModel, type ModelOptions } from "../../src/model/model.ts";
import type { ModelResult } from "../../src/model/result.ts";
import type { Resource } from "../../src/resources/admit.ts";
import { storeKey } from "../../src/resources/references.ts";
import { anyResource, baseResources } from "../helpers/random-resources.ts";
import { resourceSet } from "../helpers/resources-from-yaml.ts";

const controllerName = "gateway.envoyproxy.io/gatewayclass-controller";
const anyOptions: fc.Arbitrary<ModelOptions> = fc
  .constantFrom("files", "kubernetes")
  .map((mode) => ({ controllerName, mode }) as const);

/** Objects by key, as a store has them. */
type Held = ReadonlyMap<string, Resource>;

const anyHeld: fc.Arbitrary<Held> = fc.array(anyResource, { minLength: 0, maxLength: 25 }).map(held);
const anyEdit = fc.record({ resource: anyResource, remove: fc.boolean() });

function held(resources: readonly Resource[]): Held {
  return new Map([...baseResources, ...resources].map((resource) => [storeKey(resource), resource]));
}

describe("the model", () => {
  it("says after any edits what a new one says, byte for byte", () => {
    fc.assert(
      fc.property(anyOptions, anyHeld, fc.array(anyEdit, { minLength: 1, maxLength: 8 }), (options, start, edits) => {
        const model = createModel(options);
        model.build(resourceSet([...start.values()]));
        const objects = new Map(start);
        for (const { resource, remove } of edits) {
          if (remove) objects.delete(storeKey(resource));
          else objects.set(storeKey(resource), resource);
          const resources = resourceSet([...objects.values()]);
          assert.equal(written(model.build(resources)), written(createModel(options).build(resources)));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("keeps the identical route where what it says did not change", () => {
    let kept = 0;
    fc.assert(
      fc.property(anyOptions, anyHeld, anyEdit, (options, start, { resource }) => {
        // Another policy of the same content is the one exception.
        fc.pre(resource.kind !== "BackendTrafficPolicy");
        const model = createModel(options);
        const first = model.build(resourceSet([...start.values()]));
        const before = routesOf(first);
        const objects = new Map(start).set(storeKey(resource), resource);
        const result = model.build(resourceSet([...objects.values()]));
        const after = routesOf(result);
        for (const [key, gateway] of result.ir)
          assert.equal(gateway.origin, first.ir.get(key)?.origin ?? gateway.origin);
        for (const [key, route] of after) {
          const old = before.get(key);
          if (old === undefined || JSON.stringify(old) !== JSON.stringify(route)) continue;
          assert.equal(route, old);
          kept++;
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(kept > 100, `only ${kept} routes were compared`);
  });

  it("gives the identical intermediate model for the identical resources", () => {
    fc.assert(
      fc.property(anyOptions, anyHeld, (options, objects) => {
        const model = createModel(options);
        const first = model.build(resourceSet([...objects.values()]));
        const second = model.build(resourceSet([...objects.values()]));
        for (const [key, gateway] of first.ir) assert.equal(second.ir.get(key), gateway);
        for (const [key, pool] of first.pools) assert.equal(second.pools.get(key), pool);
      }),
    );
  });

  it("does not depend on the order in which objects are held", () => {
    fc.assert(
      fc.property(anyOptions, anyHeld, fc.infiniteStream(fc.nat()), (options, objects, random) => {
        const inOrder = [...objects.values()];
        const shuffled = inOrder
          .map((object) => ({ object, place: random.next().value }))
          .sort((a, b) => a.place - b.place)
          .map(({ object }) => object);
        assert.equal(
          written(createModel(options).build(resourceSet(shuffled))),
          written(createModel(options).build(resourceSet(inOrder))),
        );
      }),
      { numRuns: 200 },
    );
  });
});

/** With the order of maps, which deepEqual would overlook. */
function written(result: ModelResult): string {
  return JSON.stringify(result, (_key, value: unknown) => (value instanceof Map ? [...value] : value));
}

function routesOf({ ir }: ModelResult): ReadonlyMap<string, RouteIr> {
  const routes = new Map<string, RouteIr>();
  for (const gateway of ir.values()) {
    for (const { port, virtualHosts } of gateway.ports) {
      for (const host of virtualHosts) {
        for (const route of host.routes) routes.set(`${gateway.key}/${port}/${host.host}/${route.name}`, route);
      }
    }
  }
  return routes;
}
