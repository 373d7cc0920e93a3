import { type Policies, type PolicyUse, policiesOn } from "./policies.ts";
import type { RouteView } from "./routes.ts";

/** Where more specific policies take the place of this one, as a sentence; undefined where none does. */
export function overriddenBy(
  { policy, target }: PolicyUse,
  policies: Policies,
  routes: ReadonlyMap<string, RouteView>,
): string | undefined {
  const key = `${policy.metadata.namespace}/${target.name}`;
  if (target.kind === "HTTPRoute") {
    if (target.sectionName !== undefined) return undefined;
    const rules = [...policiesOn(policies, "HTTPRoute", key).sections.keys()].sort();
    if (rules.length === 0) return undefined;
    return `This policy is being overridden by other backendTrafficPolicy for these route rules: [${rules.join(" ")}]`;
  }
  const listeners =
    target.sectionName === undefined ? [...policiesOn(policies, "Gateway", key).sections.keys()].sort() : [];
  const overriding = [...routes.values()]
    .filter((route) => hasPolicies(policies, route) && isOn(route, key, target.sectionName))
    .map((route) => route.key)
    .sort();
  const where = [
    ...(listeners.length > 0 ? [`these listeners: [${listeners.join(" ")}]`] : []),
    ...(overriding.length > 0 ? [`these routes: [${overriding.join(" ")}]`] : []),
  ];
  if (where.length === 0) return undefined;
  return `This policy is being overridden by other backendTrafficPolicies for ${where.join(" and ")}`;
}

function hasPolicies(policies: Policies, route: RouteView): boolean {
  const { whole, sections } = policiesOn(policies, "HTTPRoute", route.key);
  return whole !== undefined || sections.size > 0;
}

function isOn(route: RouteView, gateway: string, listener: string | undefined): boolean {
  return route.parents.some(({ attachments }) =>
    attachments.some((one) => one.gateway === gateway && (listener === undefined || one.listener === listener)),
  );
}
