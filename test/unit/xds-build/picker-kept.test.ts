/**
 * Whatever else a rule says, a pool among its backends keeps its picker: from HTTPRoute to the configuration that Envoy
 * would use, over every subset of what a rule can say.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createModel } from "../../../src/model/model.ts";
import { createBuilder } from "../../../src/xds/build/builder.ts";
import { nothingHeld } from "../../../src/xds/held.ts";
import { decodeResource } from "../../helpers/decode-resource.ts";
import { poolV1, toPoolV1 } from "../../helpers/inference-manifests.ts";
import { gateway, gatewayClass, httpRoute, type Manifest, service, toService } from "../../helpers/manifests.ts";
import { admitted, resourceSet } from "../../helpers/resources-from-yaml.ts";

interface Saying {
  readonly rule?: Manifest;
  readonly filter?: Manifest;
  readonly backendFilter?: Manifest;
}

const corsFilter = { type: "CORS", cors: { allowOrigins: ["https://app.example.com"] } };
const sayings: Readonly<Record<string, Saying>> = {
  requestHeaders: {
    filter: { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-a", value: "1" }] } },
  },
  responseHeaders: { filter: { type: "ResponseHeaderModifier", responseHeaderModifier: { remove: ["x-b"] } } },
  rewrite: {
    filter: {
      type: "URLRewrite",
      urlRewrite: { hostname: "a.example.com", path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/v1" } },
    },
  },
  mirror: { filter: { type: "RequestMirror", requestMirror: { backendRef: { name: "copy", port: 80 } } } },
  cors: { filter: corsFilter },
  retry: { rule: { retry: { codes: [503], attempts: 3 } } },
  session: { rule: { sessionPersistence: { sessionName: "s" } } },
  backendHeaders: {
    backendFilter: { type: "RequestHeaderModifier", requestHeaderModifier: { remove: ["x-c"] } },
  },
  backendHost: { backendFilter: { type: "URLRewrite", urlRewrite: { hostname: "b.example.com" } } },
};
const names = Object.keys(sayings);
const subsets = Array.from({ length: 2 ** names.length }, (_, bits) =>
  names.filter((_name, index) => bits & (1 << index)),
);

const matches: Readonly<Record<string, Manifest>> = {
  "any model": { path: { type: "PathPrefix", value: "/llm" } },
  "one model": {
    path: { type: "PathPrefix", value: "/llm" },
    method: "POST",
    headers: [{ name: "x-gateway-model-name", value: "qwen" }],
  },
};
const backends: Readonly<Record<string, readonly Manifest[]>> = {
  "a Service": [toService("web")],
  "a pool": [toPoolV1("llm")],
  "a weighted mix": [toPoolV1("llm", 3), toService("web", 1)],
};

type Filters = Readonly<Record<string, unknown>>;
interface Cluster {
  readonly name: string;
  readonly typedPerFilterConfig?: Filters;
}
interface Route {
  readonly name: string;
  readonly action: { readonly $case: string; readonly value: { readonly clusterSpecifier?: ClusterSpecifier } };
  readonly typedPerFilterConfig?: Filters;
}
type ClusterSpecifier =
  | { readonly $case: "cluster"; readonly value: string }
  | { readonly $case: "weightedClusters"; readonly value: { readonly clusters: readonly Cluster[] } };
interface VirtualHost {
  readonly routes: readonly Route[];
  readonly typedPerFilterConfig?: Filters;
}

const fixed = [gatewayClass(), gateway("gw", 8080), ...service("web", []), ...service("copy", [])];
const model = createModel({ controllerName: "gateway.envoyproxy.io/gatewayclass-controller", mode: "files" });
const builder = createBuilder({
  bind: "127.0.0.1",
  streamIdleTimeoutMs: 1000,
  accessLogFlushMs: 300,
  reusePort: false,
});

function build(match: Manifest, refs: readonly Manifest[], said: readonly string[]): VirtualHost {
  const parts = said.map((name) => sayings[name] as Saying);
  const backendFilters = parts.flatMap(({ backendFilter }) => backendFilter ?? []);
  const rule = {
    ...Object.assign({}, ...parts.map(({ rule: more }) => more ?? {})),
    matches: [match],
    filters: parts.flatMap(({ filter }) => filter ?? []),
    backendRefs: refs.map((ref) => ({ ...ref, filters: backendFilters })),
  };
  const pool = poolV1("llm", { selector: { app: "llm" } });
  const objects = [...fixed, pool, httpRoute("route", { parent: "gw" }, [rule])].map(admitted);
  const ir = model.build(resourceSet(objects)).ir.get("default/gw");
  assert.ok(ir !== undefined);
  const snapshot = builder.build({ gateway: ir, endpoints: new Map(), held: nothingHeld, sequence: 1 });
  const resource = snapshot.resources.route.get("http-8080");
  assert.ok(resource !== undefined);
  const [host] = (decodeResource("route", resource) as { readonly virtualHosts: readonly VirtualHost[] }).virtualHosts;
  assert.ok(host !== undefined);
  return host;
}

/** Configuration of the filters by cluster, as Envoy would use it: the weighted cluster's wins over the route's. */
function filtersByCluster({ routes }: VirtualHost): ReadonlyMap<string, Filters> {
  const forwarding = routes.filter(({ action }) => action.value.clusterSpecifier !== undefined);
  assert.equal(forwarding.length, 1);
  const [route] = forwarding;
  assert.ok(route !== undefined);
  const { clusterSpecifier } = route.action.value;
  const clusters: readonly Cluster[] =
    clusterSpecifier?.$case === "weightedClusters"
      ? clusterSpecifier.value.clusters
      : [{ name: clusterSpecifier?.value ?? "" }];
  return new Map(
    clusters.map(({ name, typedPerFilterConfig }) => [
      name,
      { ...route.typedPerFilterConfig, ...typedPerFilterConfig },
    ]),
  );
}

const poolFilterNames = ["envoy.filters.http.buffer", "envoy.filters.http.ext_proc"];

function poolPart(filters: Filters | undefined): Filters {
  return Object.fromEntries(poolFilterNames.map((name) => [name, filters?.[name]]));
}

describe("a picker", () => {
  for (const [matchName, match] of Object.entries(matches)) {
    for (const [backendName, refs] of Object.entries(backends)) {
      it(`is lost by no combination of filters before ${backendName} for ${matchName}`, () => {
        const bare = filtersByCluster(build(match, refs, []));
        const hasPool = backendName !== "a Service";
        assert.equal(bare.has("pool/v1/default/llm"), hasPool);
        for (const said of subsets) {
          const host = build(match, refs, said);
          const filters = filtersByCluster(host);
          const context = said.join(" + ");
          assert.deepEqual([...filters.keys()], [...bare.keys()], context);
          for (const [cluster, own] of filters) {
            assert.deepEqual(poolPart(own), poolPart(bare.get(cluster)), `${context}: ${cluster}`);
            const isPool = cluster.startsWith("pool/");
            assert.equal(
              poolFilterNames.every((name) => own[name] !== undefined),
              isPool,
              `${context}: ${cluster}`,
            );
            assert.equal("envoy.filters.http.cors" in own, said.includes("cors"), `${context}: ${cluster}`);
          }
          // What only the re-matched route enables has to exist on the virtual host.
          const needed = [
            ...(hasPool ? poolFilterNames : []),
            ...(said.includes("cors") && hasPool ? ["envoy.filters.http.cors"] : []),
          ];
          for (const name of needed) assert.ok(host.typedPerFilterConfig?.[name] !== undefined, `${context}: ${name}`);
        }
      });
    }
  }
});
