/** How policies on the same requests stand to each other, in the sentences of their conditions. */
import { type Fact, isFalse, isTrue } from "./conditions.ts";
import type { GatewayView } from "./listeners.ts";
import { nameKey } from "./origins.ts";
import { merges, type Policies, type PolicyUse, parentPolicy, policiesOn } from "./policies.ts";
import { mergedPolicy } from "./policy-merge.ts";
import type { RouteParent, RouteView } from "./routes.ts";
import { policyProblem } from "./traffic/problems.ts";

export interface PolicyTargets {
  readonly policies: Policies;
  readonly gateways: ReadonlyMap<string, GatewayView>;
  readonly routes: ReadonlyMap<string, RouteView>;
}

/** Which rules, listeners and routes have a policy of their own that takes the place of this one, or is merged into it. */
export function relationFacts(use: PolicyUse, targets: PolicyTargets): readonly Fact[] {
  return use.target.kind === "HTTPRoute" ? onRoute(use, targets) : onGateway(use, targets);
}

function onRoute({ target }: PolicyUse, targets: PolicyTargets): readonly Fact[] {
  const route = targets.routes.get(nameKey(target.namespace, target.name));
  const rules = target.sectionName !== undefined || route === undefined ? [] : rulesWithPolicy(route, targets);
  if (rules.length === 0) return [];
  const where = `these route rules: [${rules.join(" ")}]`;
  return [overridden(`This policy is being overridden by other backendTrafficPolicy for ${where}`)];
}

function onGateway({ target }: PolicyUse, targets: PolicyTargets): readonly Fact[] {
  const key = nameKey(target.namespace, target.name);
  const listeners = target.sectionName === undefined ? listenersWithPolicy(key, targets) : [];
  const routes = [...targets.routes.values()].filter((route) => isOn(route, key, target.sectionName));
  const keysOf = (has: (route: RouteView, targets: PolicyTargets) => boolean): readonly string[] =>
    routes.filter((route) => has(route, targets)).map((route) => route.key);
  const overriding = [...named("these listeners", listeners), ...named("these routes", keysOf(replacesParent))];
  const merging = named("these routes", keysOf(mergesWithParent));
  const by = (what: string, where: readonly string[]): string =>
    `This policy is being ${what} by other backendTrafficPolicies for ${where.join(" and ")}`;
  return [
    ...(overriding.length === 0 ? [] : [overridden(by("overridden", overriding))]),
    ...(merging.length === 0 ? [] : [isTrue("Merged", "Merged", by("merged", merging))]),
  ];
}

function overridden(message: string): Fact {
  return isTrue("Overridden", "Overridden", message);
}

function named(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${what}: [${[...names].sort().join(" ")}]`];
}

function listenersWithPolicy(key: string, { policies, gateways }: PolicyTargets): readonly string[] {
  const { sections } = policiesOn(policies, "Gateway", key);
  const names = gateways.get(key)?.listeners.map(({ name }) => name) ?? [];
  return names.filter((name) => sections.has(name));
}

function rulesWithPolicy({ key, route }: RouteView, { policies }: PolicyTargets): readonly string[] {
  const { sections } = policiesOn(policies, "HTTPRoute", key);
  return route.spec.rules.flatMap(({ name }) => (name !== undefined && sections.has(name) ? [name] : [])).sort();
}

function ownPolicies(route: RouteView, targets: PolicyTargets): readonly PolicyUse["policy"][] {
  const { whole, sections } = policiesOn(targets.policies, "HTTPRoute", route.key);
  const onRules = rulesWithPolicy(route, targets).flatMap((rule) => sections.get(rule) ?? []);
  return [...(whole === undefined ? [] : [whole]), ...onRules];
}

function replacesParent(route: RouteView, targets: PolicyTargets): boolean {
  return ownPolicies(route, targets).some((policy) => !merges(policy));
}

function mergesWithParent(route: RouteView, targets: PolicyTargets): boolean {
  return ownPolicies(route, targets).some(merges);
}

function isOn({ attachments }: RouteView, gateway: string, listener: string | undefined): boolean {
  const scope = `${gateway}/`;
  return attachments.some((one) =>
    listener === undefined ? one.listener.startsWith(scope) : one.listener === scope + listener,
  );
}

/** What a route's policy that merges says of itself on one parent of the route. */
export function mergeFacts({ policy }: PolicyUse, { parent }: RouteParent, policies: Policies): readonly Fact[] {
  if (parent.gateway === undefined || !merges(policy)) return [];
  const onGateway = policiesOn(policies, "Gateway", parent.gateway.key);
  const parents = new Set(parent.listeners.flatMap(({ listener }) => parentPolicy(onGateway, listener.name) ?? []));
  return [...parents].flatMap((above): readonly Fact[] => {
    const name = nameKey(above.metadata.namespace, above.metadata.name);
    const problem = policyProblem(mergedPolicy(policy, above));
    if (problem === undefined) return [isTrue("Merged", "Merged", `Merged with policy ${name}`)];
    return [isFalse("Accepted", "Invalid", `Merged with policy ${name}: ${problem}`)];
  });
}
