import { refOf } from "../resources/references.ts";
import type { ResourceSet } from "../resources/resource-set.ts";
import { type Fact, isFalse, isTrue, notInEffect, stamp, type Warned, warningOf } from "./conditions.ts";
import type { GatewayView } from "./listeners.ts";
import type { ModelOptions } from "./model.ts";
import { nameKey } from "./origins.ts";
import type { Policies, PolicyUse } from "./policies.ts";
import { mergeFacts, relationFacts } from "./policy-overrides.ts";
import type { ObjectStatus, ParentStatus } from "./result.ts";
import type { RouteView } from "./routes.ts";
import { fieldsNotInEffect } from "./traffic/not-in-effect.ts";

export interface PolicyContext {
  readonly resources: ResourceSet;
  readonly policies: Policies;
  readonly gateways: ReadonlyMap<string, GatewayView>;
  readonly routes: ReadonlyMap<string, RouteView>;
  readonly options: ModelOptions;
}

type AncestorRef = ParentStatus["ref"];

/** An ancestor is the Gateway through which a policy comes into effect. */
interface Ancestor {
  readonly ref: AncestorRef;
  readonly facts: readonly Fact[];
}

const gatewayGroup = "gateway.networking.k8s.io";

export function policyStatuses(context: PolicyContext): readonly ObjectStatus[] {
  const byPolicy = new Map<PolicyUse["policy"], Ancestor[]>();
  for (const use of context.policies.uses) {
    const known = byPolicy.get(use.policy) ?? [];
    byPolicy.set(use.policy, [...known, ...ancestorsOf(use, context)]);
  }
  return [...byPolicy].flatMap(([policy, ancestors]): ObjectStatus[] => {
    // In a cluster none is an answer too: what an earlier ancestor was told goes.
    if (ancestors.length === 0 && context.options.mode === "files") return [];
    const { generation } = policy.metadata;
    const warnings = warningOf([
      ...(policy.spec.targetRef === undefined
        ? []
        : [{ reason: "DeprecatedField", message: "spec.targetRef is deprecated, use spec.targetRefs instead" }]),
      ...notInEffect(fieldsNotInEffect(policy)),
      ...zoneUnknown(policy, context.options),
    ]);
    const statuses = merged(ancestors).map(({ ref, facts }) => ({
      ref,
      conditions: stamp([...facts, ...warnings], generation),
    }));
    return [
      {
        ref: refOf(policy),
        generation,
        body: { kind: "ancestors", ancestors: statuses },
      },
    ];
  });
}

function zoneUnknown({ spec }: PolicyUse["policy"], { zone }: ModelOptions): readonly Warned[] {
  if (zone !== undefined || spec.loadBalancer?.zoneAware?.preferLocal === undefined) return [];
  const message =
    "Not in effect: spec.loadBalancer.zoneAware.preferLocal; the zone of the gateway is not known, name it with --zone";
  return [{ reason: "NotInEffect", message }];
}

function ancestorsOf(use: PolicyUse, context: PolicyContext): readonly Ancestor[] {
  const key = nameKey(use.target.namespace, use.target.name);
  const targets: Readonly<Record<string, () => readonly Ancestor[] | undefined>> = {
    Gateway: () => onGateway(use, context.gateways.get(key), context),
    HTTPRoute: () => onRoute(use, context.routes.get(key), context),
  };
  const found = targets[use.target.kind]?.();
  if (found !== undefined) return found;
  // In a cluster a target that is not ours is another controller's.
  return context.options.mode === "files" ? [absentTarget(use, context)] : [];
}

function onGateway(
  use: PolicyUse,
  view: GatewayView | undefined,
  context: PolicyContext,
): readonly Ancestor[] | undefined {
  if (view === undefined) return undefined;
  const { sectionName } = use.target;
  const { namespace, name } = view.gateway.metadata;
  const ref = ancestorRef("Gateway", namespace, name, sectionName);
  if (sectionName !== undefined && !view.listeners.some((listener) => listener.name === sectionName)) {
    return [{ ref, facts: [noSection(sectionName, `Gateway ${view.key}`)] }];
  }
  const what = sectionName === undefined ? `Gateway ${name}` : `Listener ${view.key}/${sectionName}`;
  return [{ ref, facts: effectFacts(use, what, context) }];
}

function onRoute(use: PolicyUse, view: RouteView | undefined, context: PolicyContext): readonly Ancestor[] | undefined {
  if (view === undefined) return undefined;
  const { sectionName } = use.target;
  const { name } = view.route.metadata;
  const what = sectionName === undefined ? `HTTPRoute ${name}` : `RouteRule ${name}/${sectionName}`;
  const facts =
    sectionName !== undefined && !view.route.spec.rules.some((rule) => rule.name === sectionName)
      ? [noSection(sectionName, `HTTPRoute ${view.key}`)]
      : effectFacts(use, what, context);
  return view.parents.flatMap((routeParent): Ancestor[] => {
    const { parent } = routeParent;
    if (parent.gateway === undefined) return [];
    const isInEffect = facts.some(({ type, status }) => type === "Accepted" && status === "True");
    const merge = isInEffect ? mergeFacts(use, routeParent, context.policies) : [];
    const { namespace, name: gateway } = parent.gateway.gateway.metadata;
    return [{ ref: ancestorRef("Gateway", namespace, gateway, parent.ref.sectionName), facts: joined(facts, merge) }];
  });
}

function effectFacts(use: PolicyUse, what: string, context: PolicyContext): readonly Fact[] {
  if (use.conflicted) {
    const message = `Unable to target ${what}, another BackendTrafficPolicy has already attached to it`;
    return [isFalse("Accepted", "Conflicted", message)];
  }
  if (use.invalid !== undefined) return [isFalse("Accepted", "Invalid", use.invalid)];
  const accepted = isTrue("Accepted", "Accepted", "Policy has been accepted.");
  return [accepted, ...relationFacts(use, context)];
}

/** One condition per type: what the merge makes of it wins, and several merges share one. */
function joined(facts: readonly Fact[], merges: readonly Fact[]): readonly Fact[] {
  const byType = new Map(facts.map((fact) => [fact.type, fact]));
  for (const fact of merges) {
    const known = byType.get(fact.type);
    const both = known !== undefined && known.status === fact.status && known.message !== fact.message;
    byType.set(fact.type, both ? { ...fact, message: `${known.message}; ${fact.message}` } : fact);
  }
  return [...byType.values()];
}

function noSection(sectionName: string, where: string): Fact {
  return isFalse("Accepted", "TargetNotFound", `No section name ${sectionName} found for ${where}`);
}

function absentTarget({ target }: PolicyUse, { resources }: PolicyContext): Ancestor {
  const key = nameKey(target.namespace, target.name);
  const what = `${target.kind} ${key}`;
  const state =
    target.kind !== "Gateway" && target.kind !== "HTTPRoute"
      ? "is of a kind that is not supported yet"
      : target.kind === "Gateway" && resources.gateways.has(key)
        ? "has no GatewayClass of this controller"
        : "does not exist";
  return {
    ref: ancestorRef(target.kind, target.namespace, target.name, target.sectionName),
    facts: [isFalse("Accepted", "TargetNotFound", `${what} ${state}`)],
  };
}

function ancestorRef(kind: string, namespace: string, name: string, sectionName: string | undefined): AncestorRef {
  return { group: gatewayGroup, kind, namespace, name, ...(sectionName === undefined ? {} : { sectionName }) };
}

/** Several targets may share an ancestor; what is denied for one of them is what the status says. */
function merged(ancestors: readonly Ancestor[]): readonly Ancestor[] {
  const byRef = new Map<string, Ancestor>();
  for (const ancestor of ancestors) {
    const key = JSON.stringify(ancestor.ref);
    const known = byRef.get(key);
    if (known === undefined || isDenied(ancestor)) byRef.set(key, ancestor);
  }
  return [...byRef.values()];
}

function isDenied({ facts }: Ancestor): boolean {
  return facts.some(({ type, status }) => type === "Accepted" && status === "False");
}
