import type { HTTPRoute } from "../resources/kinds/http-route.ts";
import { refOf } from "../resources/references.ts";
import { routeReferrer } from "./backends.ts";
import { type Fact, isFalse, isTrue, isUnknown, stamp, warningOf } from "./conditions.ts";
import { poolKeyOf } from "./inference-models.ts";
import type { PoolKey } from "./ir.ts";
import type { ModelOptions } from "./model.ts";
import type { PickerChoice } from "./picker-choice.ts";
import type { PoolView } from "./pools.ts";
import type { References } from "./references.ts";
import type { ObjectStatus, ParentStatus } from "./result.ts";
import type { RouteView } from "./routes.ts";

/** One parent per Gateway that has a route to the pool; the last route that goes takes the parent with it. */
export function poolStatuses(
  pools: ReadonlyMap<PoolKey, PoolView>,
  routes: Iterable<RouteView>,
  { references, options }: { readonly references: References; readonly options: ModelOptions },
): readonly ObjectStatus[] {
  const users = gatewaysByPool(routes, references);
  return [...pools].map(([key, pool]) => {
    const { generation } = pool.object.metadata;
    const conditions = stamp(factsOf(pool, options.mode), generation);
    const parents: ParentStatus[] = [...(users.get(key) ?? [])].sort().map((gateway) => ({
      ref: { group: "gateway.networking.k8s.io", kind: "Gateway", ...splitKey(gateway) },
      conditions,
    }));
    if (parents.length === 0 && options.mode === "files") parents.push(unusedParent(pool));
    return {
      ref: refOf(pool.object),
      generation,
      body: { kind: "parents", parents },
    };
  });
}

function gatewaysByPool(
  routes: Iterable<RouteView>,
  references: References,
): ReadonlyMap<PoolKey, ReadonlySet<string>> {
  const users = new Map<PoolKey, Set<string>>();
  for (const { route, parents } of routes) {
    for (const pool of poolsOf(route, references)) {
      const known = users.get(pool) ?? new Set<string>();
      users.set(pool, known);
      for (const { parent } of parents) {
        if (parent.gateway !== undefined && parent.listeners.length > 0) known.add(parent.gateway.key);
      }
    }
  }
  return users;
}

/** Keys of the pools that the route may send to. */
function poolsOf(route: HTTPRoute, references: References): readonly PoolKey[] {
  const { namespace } = route.metadata;
  const refs = route.spec.rules.flatMap((rule) => rule.backendRefs ?? []);
  return refs
    .filter((ref) => ref.kind === "InferencePool" && references.permits(routeReferrer(namespace), ref))
    .flatMap((ref) => poolKeyOf(ref, ref.namespace ?? namespace) ?? []);
}

function factsOf(pool: PoolView, mode: ModelOptions["mode"]): readonly Fact[] {
  return [accepted(pool, mode), resolvedRefs(pool), ...warnings(pool)];
}

/** In a cluster, whose picker it is: there may be others than the built-in one. */
function accepted({ picker }: PoolView, mode: ModelOptions["mode"]): Fact {
  const said = mode === "files" || picker.kind === "none" ? undefined : whoPicks(picker);
  return isTrue(
    "Accepted",
    "Accepted",
    ["The InferencePool has been accepted", ...(said === undefined ? [] : [said])].join(". "),
  );
}

function whoPicks(picker: Exclude<PickerChoice, { readonly kind: "none" }>): string {
  return picker.kind === "external" ? `${picker.reason} (external)` : `${picker.reason}: the built-in one chooses`;
}

function resolvedRefs({ picker, serverTls }: PoolView): Fact {
  if (picker.kind === "none") return isFalse("ResolvedRefs", "InvalidExtensionRef", picker.message);
  if (serverTls.kind === "refused") return isFalse("ResolvedRefs", "InvalidCACertificateRef", serverTls.message);
  return isTrue("ResolvedRefs", "ResolvedRefs", "All references of the InferencePool have been resolved");
}

function warnings({ picker, warnings: annotations }: PoolView): readonly Fact[] {
  return warningOf([
    ...(picker.kind === "built-in" && picker.warning !== undefined
      ? [{ reason: "BuiltInPicker", message: picker.warning }]
      : []),
    ...annotations.map((message) => ({ reason: "InvalidAnnotation", message })),
  ]);
}

/** The parent that the CRD's own default names, so that warnings have a place before any route uses the pool. */
function unusedParent(pool: PoolView): ParentStatus {
  const { namespace, generation } = pool.object.metadata;
  const unused = isUnknown("Accepted", "Pending", "No route of a Gateway uses the InferencePool");
  const refused = pool.serverTls.kind === "refused" ? [resolvedRefs(pool)] : [];
  return {
    ref: { group: "", kind: "Status", namespace, name: "default" },
    conditions: stamp([unused, ...refused, ...warnings(pool)], generation),
  };
}

function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
