import type { GatewayView } from "./listeners.ts";
import { type Policies, type PolicyUse, policiesOn } from "./policies.ts";
import type { RouteView } from "./routes.ts";

export interface PolicyTargets {
  readonly policies: Policies;
  readonly gateways: ReadonlyMap<string, GatewayView>;
  readonly routes: ReadonlyMap<string, RouteView>;
}

/** Where more specific policies take the place of this one, as a sentence; undefined where none does. */
export function overriddenBy({ policy, target }: PolicyUse, targets: PolicyTargets): string | undefined {
  const key = `${policy.metadata.namespace}/${target.name}`;
  if (target.kind === "HTTPRoute") {
    const route = targets.routes.get(key);
    const rules = target.sectionName !== undefined || route === undefined ? [] : rulesWithPolicy(route, targets);
    if (rules.length === 0) return undefined;
    return `This policy is being overridden by other backendTrafficPolicy for these route rules: [${rules.join(" ")}]`;
  }
  const listeners = target.sectionName === undefined ? listenersWithPolicy(key, targets) : [];
  const routes = [...targets.routes.values()]
    .filter((route) => isOn(route, key, target.sectionName) && hasPolicy(route, targets))
    .map((route) => route.key);
  const where = [
    ...(listeners.length > 0 ? [`these listeners: [${listeners.join(" ")}]`] : []),
    ...(routes.length > 0 ? [`these routes: [${routes.sort().join(" ")}]`] : []),
  ];
  if (where.length === 0) return undefined;
  return `This policy is being overridden by other backendTrafficPolicies for ${where.join(" and ")}`;
}

function listenersWithPolicy(key: string, { policies, gateways }: PolicyTargets): readonly string[] {
  const { sections } = policiesOn(policies, "Gateway", key);
  const names = gateways.get(key)?.listeners.map(({ name }) => name) ?? [];
  return names.filter((name) => sections.has(name)).sort();
}

function rulesWithPolicy({ key, route }: RouteView, { policies }: PolicyTargets): readonly string[] {
  const { sections } = policiesOn(policies, "HTTPRoute", key);
  return route.spec.rules.flatMap(({ name }) => (name !== undefined && sections.has(name) ? [name] : [])).sort();
}

function hasPolicy(route: RouteView, targets: PolicyTargets): boolean {
  const { whole } = policiesOn(targets.policies, "HTTPRoute", route.key);
  return whole !== undefined || rulesWithPolicy(route, targets).length > 0;
}

function isOn({ attachments }: RouteView, gateway: string, listener: string | undefined): boolean {
  const scope = `${gateway}/`;
  return attachments.some((one) =>
    listener === undefined ? one.listener.startsWith(scope) : one.listener === scope + listener,
  );
}
