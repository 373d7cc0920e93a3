import { refOf } from "../resources/references.ts";
import type { ResourceSet } from "../resources/resource-set.ts";
import { type Fact, isFalse, isTrue, notInEffect, stamp, type Warned, warningOf } from "./conditions.ts";
import type { AssembledGateway } from "./gateway-ir.ts";
import type { ModelOptions } from "./model.ts";
import { nameKey } from "./origins.ts";
import type { ObjectStatus, ParentStatus } from "./result.ts";
import type { RouteParent, RouteView } from "./routes.ts";
import type { RuleProblem, RuleView } from "./rules.ts";

export function routeStatuses(
  routes: readonly RouteView[],
  gateways: ReadonlyMap<string, AssembledGateway>,
  resources: ResourceSet,
  options: ModelOptions,
): readonly ObjectStatus[] {
  const notes = notesOf(gateways);
  return routes.flatMap((view): ObjectStatus[] => {
    const { generation } = view.route.metadata;
    const parents = view.parents.flatMap((parent): ParentStatus[] => {
      const status = parentStatus(view, parent, notes);
      if (status !== undefined) return [status];
      // In a cluster the Gateway may be another controller's, which then has the say.
      return options.mode === "files" ? [absentParent(view, parent, resources)] : [];
    });
    if (parents.length === 0) return [];
    return [{ ref: refOf(view.route), generation, body: { kind: "parents", parents } }];
  });
}

/** What the assembly of hosts found out about routes, by "gateway/listener" and route. */
interface Notes {
  readonly paying: ReadonlyMap<string, ReadonlySet<number>>;
  readonly doubled: ReadonlyMap<string, ReadonlySet<string>>;
}

function notesOf(gateways: ReadonlyMap<string, AssembledGateway>): Notes {
  const paying = new Map<string, Set<number>>();
  const doubled = new Map<string, Set<string>>();
  for (const [gateway, { hosts }] of gateways) {
    for (const host of hosts) {
      const scope = `${gateway}/${host.listener}`;
      for (const [route, rules] of host.paying) addAll(paying, `${scope}/${route}`, rules);
      for (const [route, others] of host.doubled) addAll(doubled, `${scope}/${route}`, others);
    }
  }
  return { paying, doubled };
}

function addAll<Item>(map: Map<string, Set<Item>>, key: string, items: Iterable<Item>): void {
  const known = map.get(key) ?? new Set<Item>();
  map.set(key, known);
  for (const item of items) known.add(item);
}

function parentStatus(view: RouteView, routeParent: RouteParent, notes: Notes): ParentStatus | undefined {
  const { parent, rules, attachments } = routeParent;
  if (parent.gateway === undefined) return undefined;
  const { generation } = view.route.metadata;
  const scopes = attachments.map(({ gateway, listener }) => `${gateway}/${listener}/${view.key}`);
  const facts = [
    ...(parent.refusal === undefined
      ? accepted(rules)
      : [isFalse("Accepted", parent.refusal.reason, parent.refusal.message)]),
    ...resolvedRefs(rules),
    ...overlap(scopes.flatMap((scope) => [...(notes.doubled.get(scope) ?? [])])),
    ...warningOf([
      ...notInEffect([
        ...(view.route.spec.useDefaultGateways === "All" ? ["spec.useDefaultGateways"] : []),
        ...rules.flatMap((rule) => rule.notInEffect),
      ]),
      ...bodyWarning(scopes.flatMap((scope) => [...(notes.paying.get(scope) ?? [])])),
    ]),
  ];
  return {
    ref: parentRef(routeParent),
    conditions: stamp(facts, generation),
    listeners: attachments.map(({ listener }) => listener).sort(),
  };
}

function parentRef({ parent: { ref } }: RouteParent): ParentStatus["ref"] {
  const { group, kind, namespace, name, sectionName, port } = ref;
  return {
    group,
    kind,
    namespace,
    name,
    ...(sectionName === undefined ? {} : { sectionName }),
    ...(port === undefined ? {} : { port }),
  };
}

/** A rule that is not accepted answers 500; the others serve. https://gateway-api.sigs.k8s.io/geps/gep-1364/ */
function accepted(rules: readonly RuleView[]): readonly Fact[] {
  const problems = rules.flatMap((rule) => problemsOn(rule, "Accepted"));
  const [first] = problems;
  const good = isTrue("Accepted", "Accepted", "Route is accepted");
  if (first === undefined) return [good];
  const message = joined(problems);
  const bad = rules.flatMap((rule, index) => (problemsOn(rule, "Accepted").length > 0 ? [index] : []));
  if (bad.length === rules.length) return [isFalse("Accepted", first.reason, message)];
  return [good, isTrue("PartiallyInvalid", first.reason, `Dropped Rule(s) [${bad.join(" ")}]: ${message}`)];
}

function resolvedRefs(rules: readonly RuleView[]): readonly Fact[] {
  const problems = rules.flatMap((rule) => problemsOn(rule, "ResolvedRefs"));
  const [first] = problems;
  if (first !== undefined) return [isFalse("ResolvedRefs", first.reason, joined(problems))];
  return [isTrue("ResolvedRefs", "ResolvedRefs", "Resolved all the Object references for the Route")];
}

function overlap(others: readonly string[]): readonly Fact[] {
  if (others.length === 0) return [];
  const names = [...new Set(others)].sort().map((key) => `HTTPRoute ${key}`);
  const message = `Overlapping match conditions with route(s): ${names.join(", ")}`;
  return [isTrue("RouteRulesOverlap", "RouteRulesOverlap", message)];
}

function bodyWarning(rules: readonly number[]): readonly Warned[] {
  if (rules.length === 0) return [];
  const paths = [...new Set(rules)].sort((a, b) => a - b).map((rule) => `spec.rules[${rule}]`);
  const message = `JSON bodies of requests to ${paths.join(", ")} are read for their model, since a rule that needs it can match the same path and method`;
  return [{ reason: "BodyIsRead", message }];
}

function problemsOn(rule: RuleView, condition: RuleProblem["on"]): readonly RuleProblem[] {
  return rule.problems.filter(({ on }) => on === condition);
}

/** Conditions hold 32,768 characters. https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#Condition */
function joined(problems: readonly RuleProblem[]): string {
  const message = [...new Set(problems.map((problem) => problem.message))].join("; ");
  return message.length > 32_000 ? `${message.slice(0, 32_000)} (message truncated).` : message;
}

function absentParent(view: RouteView, routeParent: RouteParent, resources: ResourceSet): ParentStatus {
  const ref = parentRef(routeParent);
  const key = nameKey(ref.namespace, ref.name);
  const state = resources.gateways.has(key) ? "has no GatewayClass of this controller" : "does not exist";
  const fact = isFalse("Accepted", "NoMatchingParent", `Gateway ${key} ${state}`);
  return { ref, conditions: stamp([fact], view.route.metadata.generation) };
}
