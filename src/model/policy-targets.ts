import { compareStrings } from "../lib/compare.ts";
import { type BackendTrafficPolicy, backendTrafficPolicy } from "../resources/kinds/backend-traffic-policy.ts";
import type { ResourceSet } from "../resources/resource-set.ts";
import { namespaceLabels, selects } from "./label-selector.ts";
import type { References, Referrer } from "./references.ts";

export interface PolicyTarget {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly sectionName?: string;
}

type Selector = NonNullable<BackendTrafficPolicy["spec"]["targetSelectors"]>[number];

/**
 * The objects that a policy is for, each once: named ones, which are of its own namespace, then those selected by
 * label. What a selector finds in another namespace counts only where a ReferenceGrant there allows it.
 */
export function policyTargets(
  policy: BackendTrafficPolicy,
  resources: ResourceSet,
  references: References,
): readonly PolicyTarget[] {
  const { targetRef, targetRefs, targetSelectors } = policy.spec;
  const { namespace } = policy.metadata;
  const named = [...(targetRef === undefined ? [] : [targetRef]), ...(targetRefs ?? [])];
  const targets = named.map(({ kind, name, sectionName }): PolicyTarget => {
    return { kind, namespace, name, ...(sectionName === undefined ? {} : { sectionName }) };
  });
  const from: Referrer = { group: backendTrafficPolicy.group, kind: backendTrafficPolicy.kind, namespace };
  for (const selector of targetSelectors ?? []) {
    for (const target of select(selector, from, resources, references)) {
      if (!targets.some((known) => isSameObject(known, target))) targets.push(target);
    }
  }
  return targets;
}

function select(
  selector: Selector,
  from: Referrer,
  resources: ResourceSet,
  references: References,
): readonly PolicyTarget[] {
  const { group, kind } = selector;
  const candidates = { Gateway: resources.gateways, HTTPRoute: resources.httpRoutes }[kind];
  return [...(candidates?.values() ?? [])]
    .filter(
      ({ metadata: { namespace, name, labels } }) =>
        selects(selector, labels) &&
        isIn(selector, namespace, from.namespace, resources) &&
        references.permits(from, { group, kind, namespace, name }),
    )
    .map(({ metadata: { namespace, name } }) => ({ kind, namespace, name }))
    .sort((a, b) => compareStrings(a.namespace, b.namespace) || compareStrings(a.name, b.name));
}

function isIn({ namespaces }: Selector, namespace: string, own: string, resources: ResourceSet): boolean {
  switch (namespaces?.from ?? "Same") {
    case "Same":
      return namespace === own;
    case "All":
      return true;
    case "Selector":
      return (
        namespaces?.selector !== undefined &&
        selects(namespaces.selector, namespaceLabels(namespace, resources.namespaces.get(namespace)))
      );
  }
}

function isSameObject(a: PolicyTarget, b: PolicyTarget): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}
