import { Memo } from "../lib/memo.ts";
import type { BackendReference, HTTPRoute, HTTPRouteRule } from "../resources/kinds/http-route.ts";
import type { ResourceSet } from "../resources/resource-set.ts";
import { attach, type ParentView, parentGatewayKey } from "./attach.ts";
import type { Backend, Backends } from "./backends.ts";
import type { ListenerRoute } from "./listener-buckets.ts";
import type { GatewayView, ListenerView } from "./listeners.ts";
import { nameKey } from "./origins.ts";
import { effectivePolicy, type Policies, policiesOn } from "./policies.ts";
import { arrivalOn, dependsOnListener } from "./redirect.ts";
import { keepEqualParts, type RuleView, resolveRule } from "./rules.ts";

export interface RouteView {
  /** "namespace/name". */
  readonly key: string;
  readonly route: HTTPRoute;
  readonly parents: readonly RouteParent[];
  /** Of all parents; a listener that several parentRefs name is there once. */
  readonly attachments: readonly RouteAttachment[];
}

export interface RouteParent {
  readonly parent: ParentView;
  /** As they are on the first listener, or would be on any: problems do not depend on the listener. */
  readonly rules: readonly RuleView[];
  readonly attachments: readonly RouteAttachment[];
}

export interface RouteAttachment extends ListenerRoute {
  /** "namespace/gateway/listener". */
  readonly listener: string;
}

/** A route with the rules that it had, by rule and policy. */
export interface KeptRoute {
  readonly view: RouteView;
  readonly rules: Memo<RuleView>;
}

export interface RouteContext {
  readonly resources: ResourceSet;
  readonly gateways: ReadonlyMap<string, GatewayView>;
  readonly backends: Backends;
  readonly policies: Policies;
}

/** A route on each of its parents that is a Gateway. */
export function viewRoute(route: HTTPRoute, context: RouteContext, memory: Memo<KeptRoute>): RouteView {
  const key = nameKey(route.metadata.namespace, route.metadata.name);
  const kept = memory.recall(key, inputsOf(key, route, context), (last) => {
    const rules = last?.rules ?? new Memo<RuleView>();
    rules.begin();
    const parents = viewParents(key, route, context, rules);
    return { view: { key, route, parents, attachments: distinct(parents) }, rules };
  });
  return kept.view;
}

/** All that the view of a route depends on. */
function inputsOf(key: string, route: HTTPRoute, context: RouteContext): readonly unknown[] {
  const { resources, gateways, backends, policies } = context;
  const { namespace } = route.metadata;
  const inputs: unknown[] = [route, resources.namespaces.get(namespace), policiesOn(policies, "HTTPRoute", key)];
  for (const ref of route.spec.parentRefs ?? []) {
    const gateway = parentGatewayKey(route, ref);
    if (gateway !== undefined) inputs.push(gateways.get(gateway), policiesOn(policies, "Gateway", gateway));
  }
  for (const rule of route.spec.rules) {
    for (const ref of [...(rule.backendRefs ?? []), ...mirrorRefs(rule)]) inputs.push(backends.resolve(ref, namespace));
  }
  return inputs;
}

function viewParents(
  key: string,
  route: HTTPRoute,
  context: RouteContext,
  memory: Memo<RuleView>,
): readonly RouteParent[] {
  const namespace = context.resources.namespaces.get(route.metadata.namespace);
  return (route.spec.parentRefs ?? []).flatMap((ref): RouteParent[] => {
    const gatewayKey = parentGatewayKey(route, ref);
    if (gatewayKey === undefined) return [];
    const gateway = context.gateways.get(gatewayKey);
    const parent = attach(route, ref, gateway, namespace);
    if (gateway === undefined) return [{ parent, rules: [], attachments: [] }];
    const rulesOn = (listener: ListenerView | undefined): readonly RuleView[] =>
      resolveRules(key, route, gatewayKey, listener, context, memory);
    const attachments = parent.listeners.map(({ listener, hosts }) => ({
      listener: `${gatewayKey}/${listener.name}`,
      hosts,
      rules: rulesOn(listener),
    }));
    return [{ parent, rules: attachments[0]?.rules ?? rulesOn(undefined), attachments }];
  });
}

function resolveRules(
  key: string,
  route: HTTPRoute,
  gateway: string,
  listener: ListenerView | undefined,
  { backends, policies }: RouteContext,
  memory: Memo<RuleView>,
): readonly RuleView[] {
  const onRoute = policiesOn(policies, "HTTPRoute", key);
  const onGateway = policiesOn(policies, "Gateway", gateway);
  return route.spec.rules.map((rule, index) => {
    const effective = effectivePolicy(onRoute, rule.name, onGateway, listener?.name ?? "");
    const resolve = (ref: BackendReference): Backend => backends.resolve(ref, route.metadata.namespace);
    const resolved = (rule.backendRefs ?? []).map(resolve);
    const mirrors = mirrorRefs(rule).map(resolve);
    const arrival = needsArrival(rule) ? arrivalOn(listener) : undefined;
    const variant = [effective?.variant ?? "", ...(arrival === undefined ? [] : [arrival.scheme, arrival.port])].join(
      "#",
    );
    const policy = effective?.policy;
    return memory.recall(`${index}#${variant}`, [route, policy, ...resolved, ...mirrors], (last) =>
      keepEqualParts(resolveRule({ route, index, rule, backends: resolved, mirrors, policy, arrival }), last),
    );
  });
}

function mirrorRefs({ filters }: HTTPRouteRule): readonly BackendReference[] {
  return (filters ?? []).flatMap(({ requestMirror }) =>
    requestMirror === undefined ? [] : [requestMirror.backendRef],
  );
}

/** The rule gives another answer on another listener. */
function needsArrival({ filters }: HTTPRouteRule): boolean {
  return (filters ?? []).some(
    ({ requestRedirect }) => requestRedirect !== undefined && dependsOnListener(requestRedirect),
  );
}

function distinct(parents: readonly RouteParent[]): readonly RouteAttachment[] {
  const byListener = new Map<string, RouteAttachment>();
  for (const attachment of parents.flatMap(({ attachments }) => attachments)) {
    if (!byListener.has(attachment.listener)) byListener.set(attachment.listener, attachment);
  }
  return [...byListener.values()];
}
