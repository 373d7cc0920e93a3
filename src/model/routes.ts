import type { Memo } from "../lib/memo.ts";
import type { HTTPRoute } from "../resources/kinds/http-route.ts";
import type { ResourceSet } from "../resources/resource-set.ts";
import { attach, type ParentView, parentGatewayKey } from "./attach.ts";
import type { Backends } from "./backends.ts";
import type { GatewayView } from "./listeners.ts";
import { nameKey } from "./origins.ts";
import { effectivePolicy, type Policies, policiesOn } from "./policies.ts";
import { keepEqualParts, type RuleView, resolveRule } from "./rules.ts";
import type { ListenerRoute } from "./virtual-hosts.ts";

export interface RouteView {
  /** "namespace/name". */
  readonly key: string;
  readonly route: HTTPRoute;
  readonly parents: readonly RouteParent[];
}

export interface RouteParent {
  readonly parent: ParentView;
  /** As they are on the first listener, or would be on any: problems do not depend on the listener. */
  readonly rules: readonly RuleView[];
  readonly attachments: readonly RouteAttachment[];
}

export interface RouteAttachment extends ListenerRoute {
  readonly gateway: string;
  readonly listener: string;
}

export interface RouteMemory {
  readonly parents: Memo<ParentView>;
  readonly rules: Memo<RuleView>;
}

export interface RouteContext {
  readonly resources: ResourceSet;
  readonly gateways: ReadonlyMap<string, GatewayView>;
  readonly backends: Backends;
  readonly policies: Policies;
  readonly memory: RouteMemory;
}

/** A route on each of its parents that is a Gateway. */
export function viewRoute(route: HTTPRoute, context: RouteContext): RouteView {
  const { resources, gateways, memory } = context;
  const key = nameKey(route.metadata.namespace, route.metadata.name);
  const namespace = resources.namespaces.get(route.metadata.namespace);
  const parents = (route.spec.parentRefs ?? []).flatMap((ref, index) => {
    const gatewayKey = parentGatewayKey(route, ref);
    if (gatewayKey === undefined) return [];
    const gateway = gateways.get(gatewayKey);
    const parent = memory.parents.recall(`${key}#${index}`, [route, gateway, namespace], () =>
      attach(route, ref, gateway, namespace),
    );
    return [viewParent(key, route, parent, context)];
  });
  return { key, route, parents };
}

function viewParent(key: string, route: HTTPRoute, parent: ParentView, context: RouteContext): RouteParent {
  const { gateway } = parent;
  if (gateway === undefined) return { parent, rules: [], attachments: [] };
  const attachments = parent.listeners.map(({ listener, hosts }) => ({
    gateway: gateway.key,
    listener: listener.name,
    hosts,
    rules: rulesOn(key, route, gateway.key, listener.name, context),
  }));
  const rules = attachments[0]?.rules ?? rulesOn(key, route, gateway.key, "", context);
  return { parent, rules, attachments };
}

function rulesOn(
  key: string,
  route: HTTPRoute,
  gateway: string,
  listener: string,
  { backends, policies, memory }: RouteContext,
): readonly RuleView[] {
  const onRoute = policiesOn(policies, "HTTPRoute", key);
  const onGateway = policiesOn(policies, "Gateway", gateway);
  return route.spec.rules.map((rule, index) => {
    const policy = effectivePolicy(onRoute, rule.name, onGateway, listener);
    const resolved = (rule.backendRefs ?? []).map((ref) => backends.resolve(ref, route.metadata.namespace));
    const variant = policy === undefined ? "" : nameKey(policy.metadata.namespace, policy.metadata.name);
    return memory.rules.recall(`${key}#${index}#${variant}`, [route, policy, ...resolved], (last) =>
      keepEqualParts(resolveRule({ route, index, rule, backends: resolved, policy }), last),
    );
  });
}
