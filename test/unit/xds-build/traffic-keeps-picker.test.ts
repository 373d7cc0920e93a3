/** Whatever a traffic policy says, the share of a pool keeps its picker, and filters exist before the body is read. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BackendIr, RouteIr } from "../../../src/model/ir.ts";
import { createBuilder } from "../../../src/xds/build/builder.ts";
import { nothingHeld } from "../../../src/xds/held.ts";
import { decodeResource } from "../../helpers/decode-resource.ts";
import { forward, makeGateway, makeRoute } from "../../helpers/make-ir.ts";
import { features, pool, service, toBoth, toPool, toService } from "../../helpers/traffic-case.ts";

type Filters = Readonly<Record<string, unknown>>;
interface Route {
  readonly name: string;
  readonly action: { readonly value: { readonly clusterSpecifier: ClusterSpecifier; readonly idleTimeout?: unknown } };
  readonly typedPerFilterConfig?: Filters;
}
type ClusterSpecifier =
  | { readonly $case: "cluster"; readonly value: string }
  | { readonly $case: "weightedClusters"; readonly value: { readonly clusters: readonly Share[] } };
interface Share {
  readonly name: string;
  readonly typedPerFilterConfig?: Filters;
}
interface Host {
  readonly routes: readonly Route[];
  readonly typedPerFilterConfig: Filters;
}

const builder = createBuilder({ bind: "127.0.0.1", streamIdleTimeoutMs: 1, accessLogFlushMs: 1, reusePort: false });

function build(routes: readonly RouteIr[]): Host {
  const gateway = makeGateway([{ host: "*", model: { servedModels: [] }, routes }], [service, pool]);
  const snapshot = builder.build({ gateway, endpoints: new Map(), held: nothingHeld, sequence: 1 });
  const resource = snapshot.resources.route.get("http-8081");
  assert.ok(resource !== undefined);
  const decoded = decodeResource("route", resource) as { readonly virtualHosts: readonly [Host] };
  return decoded.virtualHosts[0];
}

/** As Envoy would use it: a share's own wins over the route's. */
function filtersOf({ routes }: Host): ReadonlyMap<string, Filters> {
  const route = routes.find(({ name }) => name.endsWith("/match/0"));
  assert.ok(route !== undefined);
  const { clusterSpecifier } = route.action.value;
  const shares: readonly Share[] =
    clusterSpecifier.$case === "cluster" ? [{ name: clusterSpecifier.value }] : clusterSpecifier.value.clusters;
  return new Map(
    shares.map(({ name, typedPerFilterConfig }) => [name, { ...route.typedPerFilterConfig, ...typedPerFilterConfig }]),
  );
}

const extProc = "envoy.filters.http.ext_proc";
const buffer = "envoy.filters.http.buffer";
const backends: Readonly<Record<string, readonly BackendIr[]>> = {
  "a Service": toService,
  "a pool": toPool,
  "a weighted mix": toBoth,
};

describe("a route with a traffic policy", () => {
  for (const [what, to] of Object.entries(backends)) {
    const bare = filtersOf(build([makeRoute("bare", forward(to), { body: "needs" })]));
    for (const route of features("x", to, "needs")) {
      it(`to ${what} asks the picker as without it: ${route.name}`, () => {
        const host = build([route]);
        const filters = filtersOf(host);
        assert.deepEqual([...filters.keys()], [...bare.keys()]);
        for (const [cluster, own] of filters) {
          const isPool = cluster === pool.key;
          assert.deepEqual(own[extProc], bare.get(cluster)?.[extProc]);
          assert.equal(own[extProc] !== undefined, isPool);
          if (isPool) assert.ok(own[buffer] !== undefined, "the body is held for the picker");
        }
        const chosen = host.routes.find(({ name }) => name === route.name);
        for (const name of Object.keys(chosen?.typedPerFilterConfig ?? {})) {
          assert.ok(host.typedPerFilterConfig[name] !== undefined, `${name} exists before the body is read`);
        }
        if (what === "a Service") return;
        assert.deepEqual(chosen?.action.value.idleTimeout, {}, "waiting is no idleness");
      });
    }
  }
});
