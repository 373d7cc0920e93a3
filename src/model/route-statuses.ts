import type { Memo } from "../lib/memo.ts";
import { refOf } from "../resources/references.ts";
import type { ResourceSet } from "../resources/resource-set.ts";
import { type Fact, isFalse, isTrue, notInEffect, stamp, type Warned, warningOf } from "./conditions.ts";
import type { AssembledGateway } from "./gateway-ir.ts";
import type { ModelOptions } from "./model.ts";
import { nameKey } from "./origins.ts";
import type { ObjectStatus, ParentStatus } from "./result.ts";
import { type Notes, noteOn, notesOf, notesOn } from "./route-notes.ts";
import type { RouteParent, RouteView } from "./routes.ts";
import type { RuleProblem, RuleView } from "./rules.ts";

export interface RouteStatusContext {
  readonly gateways: ReadonlyMap<string, AssembledGateway>;
  readonly resources: ResourceSet;
  readonly options: ModelOptions;
  readonly memory: Memo<ObjectStatus | undefined>;
}

export function routeStatuses(routes: Iterable<RouteView>, context: RouteStatusContext): readonly ObjectStatus[] {
  const notes = notesOf(context.gateways);
  const statuses: ObjectStatus[] = [];
  for (const view of routes) {
    const inputs = [view, ...notesOn(view, notes), ...absentParents(view, context.resources)];
    const status = context.memory.recall(view.key, inputs, () => routeStatus(view, notes, context));
    if (status !== undefined) statuses.push(status);
  }
  return statuses;
}

function routeStatus(view: RouteView, notes: Notes, context: RouteStatusContext): ObjectStatus | undefined {
  const parents = view.parents.flatMap((parent): ParentStatus[] => {
    if (parent.parent.gateway !== undefined) return [parentStatus(view, parent, notes)];
    // In a cluster the Gateway may be another controller's, which then has the say.
    return context.options.mode === "files" ? [absentParent(view, parent, context.resources)] : [];
  });
  // In a cluster none is an answer too: what an earlier parent was told goes.
  if (parents.length === 0 && context.options.mode === "files") return undefined;
  return { ref: refOf(view.route), generation: view.route.metadata.generation, body: { kind: "parents", parents } };
}

function parentStatus(view: RouteView, routeParent: RouteParent, notes: Notes): ParentStatus {
  const { parent, rules, attachments } = routeParent;
  const { paying, doubled } = noteOn(view, attachments, notes);
  const facts = [
    ...(parent.refusal === undefined
      ? accepted(rules)
      : [isFalse("Accepted", parent.refusal.reason, parent.refusal.message)]),
    ...resolvedRefs(rules),
    ...overlap(doubled),
    ...warningOf([
      ...notInEffect([
        ...(view.route.spec.useDefaultGateways === "All" ? ["spec.useDefaultGateways"] : []),
        ...rules.flatMap((rule) => rule.notInEffect),
      ]),
      ...bodyWarning(paying),
    ]),
  ];
  return {
    ref: parentRef(routeParent),
    conditions: stamp(facts, view.route.metadata.generation),
    listeners: parent.listeners.map(({ listener }) => listener.name).sort(),
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
  const names = others.map((key) => `HTTPRoute ${key}`).join(", ");
  return [isTrue("RouteRulesOverlap", "RouteRulesOverlap", `Overlapping match conditions with route(s): ${names}`)];
}

function bodyWarning(rules: readonly number[]): readonly Warned[] {
  if (rules.length === 0) return [];
  const paths = rules.map((rule) => `spec.rules[${rule}]`).join(", ");
  const message = `JSON bodies of requests to ${paths} are read for their model, since a rule that needs it can match the same path and method`;
  return [{ reason: "BodyIsRead", message }];
}

function problemsOn(rule: RuleView, condition: RuleProblem["on"]): readonly RuleProblem[] {
  return rule.problems.filter(({ on }) => on === condition);
}

function joined(problems: readonly RuleProblem[]): string {
  return [...new Set(problems.map((problem) => problem.message))].join("; ");
}

function absentParent(view: RouteView, routeParent: RouteParent, resources: ResourceSet): ParentStatus {
  const ref = parentRef(routeParent);
  const key = nameKey(ref.namespace, ref.name);
  const state = resources.gateways.has(key) ? "has no GatewayClass of this controller" : "does not exist";
  const fact = isFalse("Accepted", "NoMatchingParent", `Gateway ${key} ${state}`);
  return { ref, conditions: stamp([fact], view.route.metadata.generation) };
}

/** What the status says of Gateways that are not ours depends on whether they exist. */
function absentParents(view: RouteView, resources: ResourceSet): readonly boolean[] {
  return view.parents.flatMap(({ parent: { gateway, ref } }) =>
    gateway === undefined ? [resources.gateways.has(nameKey(ref.namespace, ref.name))] : [],
  );
}
