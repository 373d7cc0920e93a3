import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createModel } from "../../../src/model/model.ts";
import { resourcesFromYaml } from "../../helpers/resources-from-yaml.ts";

interface World {
  /** Of the namespace in which the route is. */
  readonly team?: string;
  readonly from?: "Same" | "All" | "Selector";
  /** Under `spec` of a grant in the route's namespace; absent: there is none. */
  readonly grant?: string;
}

const toRoutes = `from: [{group: gateway.envoyproxy.io, kind: BackendTrafficPolicy, namespace: policies}],
  to: [{group: gateway.networking.k8s.io, kind: HTTPRoute}]`;

function resources({ team = "blue", from = "Selector", grant }: World) {
  const selector = from === "Selector" ? ", selector: {matchLabels: {team: blue}}" : "";
  return resourcesFromYaml(`
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: ours}
spec: {controllerName: example.com/ours}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw}
spec: {gatewayClassName: ours, listeners: [{name: http, protocol: HTTP, port: 80, allowedRoutes: {namespaces: {from: All}}}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: routes, labels: {team: ${team}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: routes, labels: {tier: edge}}
spec: {parentRefs: [{name: gw, namespace: default}], rules: [{backendRefs: [{name: web, port: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: routes}
spec: {ports: [{port: 80}]}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: p, namespace: policies}
spec:
  targetSelectors:
    - {kind: HTTPRoute, matchLabels: {tier: edge}, namespaces: {from: ${from}${selector}}}
    - {kind: HTTPRoute, namespaces: {from: ${from}${selector}}}
  timeout: {http: {requestTimeout: 7s}}
${
  grant === undefined
    ? ""
    : `---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: grant, namespace: routes}
spec: {${grant}}`
}`);
}

/** What the route's requests may take, and whether the policy is accepted where it says anything. */
function effects(): (world: World) => {
  readonly timeoutMs: number | undefined;
  readonly accepted: string | undefined;
} {
  const model = createModel({ controllerName: "example.com/ours", mode: "kubernetes" });
  return (world) => {
    const { ir, statuses } = model.build(resources(world));
    const action = ir.get("default/gw")?.ports[0]?.virtualHosts[0]?.routes[0]?.action;
    const body = statuses.find(({ ref }) => ref.kind === "BackendTrafficPolicy")?.body;
    const conditions = body?.kind === "ancestors" ? body.ancestors[0]?.conditions : [];
    return {
      timeoutMs: action?.kind === "forward" ? action.timeoutMs : undefined,
      accepted: conditions?.find(({ type }) => type === "Accepted")?.reason,
    };
  };
}

const inEffect = { timeoutMs: 7000, accepted: "Accepted" };

describe("a policy that selects in other namespaces", () => {
  it("has no effect where nothing grants it, and is told nothing of what is there", () => {
    for (const from of ["All", "Selector"] as const) {
      const { timeoutMs, accepted } = effects()({ from });
      assert.notEqual(timeoutMs, 7000);
      assert.equal(accepted, undefined);
    }
  });

  it("has effect with a grant for its kind and namespace, and is not in conflict with itself", () => {
    for (const from of ["All", "Selector"] as const) assert.deepEqual(effects()({ from, grant: toRoutes }), inEffect);
  });

  it("needs the grant to name its namespace, its kind, and what it selects", () => {
    for (const grant of [
      toRoutes.replace("namespace: policies", "namespace: others"),
      toRoutes.replace("BackendTrafficPolicy", "HTTPRoute"),
      toRoutes.replace("kind: HTTPRoute}]", "kind: Gateway}]"),
      toRoutes.replace("kind: HTTPRoute}]", "kind: HTTPRoute, name: another}]"),
    ]) {
      assert.notEqual(effects()({ from: "All", grant }).timeoutMs, 7000, grant);
    }
  });

  it("stays in its own namespace where it says no more", () => {
    assert.notEqual(effects()({ from: "Same", grant: toRoutes }).timeoutMs, 7000);
  });

  it("follows the labels of namespaces and the grants, from build to build", () => {
    const of = effects();
    const without = of({}).timeoutMs;
    assert.deepEqual(of({ grant: toRoutes }), inEffect);
    assert.equal(of({ grant: toRoutes, team: "red" }).timeoutMs, without);
    assert.deepEqual(of({ grant: toRoutes }), inEffect);
    assert.equal(of({}).timeoutMs, without);
  });
});
