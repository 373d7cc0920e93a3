import type { KubeResource } from "../../kube/api.ts";

/** What a Gateway's proxies are made of, in the order in which it is applied. */
export const infrastructureKinds: readonly KubeResource[] = [
  { group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts", scope: "Namespaced" },
  { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", scope: "Namespaced" },
  { group: "apps", version: "v1", kind: "Deployment", plural: "deployments", scope: "Namespaced" },
  { group: "", version: "v1", kind: "Service", plural: "services", scope: "Namespaced" },
  { group: "policy", version: "v1", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets", scope: "Namespaced" },
  {
    group: "autoscaling",
    version: "v2",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    scope: "Namespaced",
  },
];

/** Of a Gateway's proxies is the certificate too: `trust` makes it, and it goes with the rest. */
export const secretKind: KubeResource = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  scope: "Namespaced",
};

export const followedKinds: readonly KubeResource[] = [...infrastructureKinds, secretKind];

export function kindNamed(kind: string): KubeResource {
  const found = followedKinds.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`Cannot apply a ${kind}: infrastructure has none`);
  return found;
}
