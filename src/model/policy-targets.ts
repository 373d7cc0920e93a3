import type { BackendTrafficPolicy } from "../resources/kinds/backend-traffic-policy.ts";
import type { ResourceSet } from "../resources/resource-set.ts";
import { selects } from "./label-selector.ts";

export interface PolicyTarget {
  readonly kind: string;
  readonly name: string;
  readonly sectionName?: string;
}

type Selector = NonNullable<BackendTrafficPolicy["spec"]["targetSelectors"]>[number];

/** The objects that a policy is for, all of its own namespace: named ones first, then those selected by label. */
export function policyTargets(policy: BackendTrafficPolicy, resources: ResourceSet): readonly PolicyTarget[] {
  const { targetRef, targetRefs, targetSelectors } = policy.spec;
  const named = [...(targetRef === undefined ? [] : [targetRef]), ...(targetRefs ?? [])];
  const selected = (targetSelectors ?? [])
    .flatMap((selector) => select(selector, policy.metadata.namespace, resources))
    .filter(({ kind, name }) => !named.some((one) => one.kind === kind && one.name === name));
  return [...named, ...selected];
}

function select(selector: Selector, namespace: string, resources: ResourceSet): readonly PolicyTarget[] {
  const candidates = { Gateway: resources.gateways, HTTPRoute: resources.httpRoutes }[selector.kind];
  return [...(candidates?.values() ?? [])]
    .filter(({ metadata }) => metadata.namespace === namespace && selects(selector, metadata.labels))
    .map(({ metadata }) => ({ kind: selector.kind, name: metadata.name }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
