/** What is asked of the API server for each kind: versions, namespaces, and what is left out there already. */
import type { KubeResource, Selection } from "../../kube/api.ts";
import type { KindDeclaration } from "../../resources/kind.ts";

export interface Followed {
  readonly kind: KindDeclaration;
  /** Versions, the preferred first. */
  readonly resources: readonly [KubeResource, ...KubeResource[]];
  readonly selection: Selection;
  /** Served without it where RBAC refuses it. */
  readonly isOptional: boolean;
}

/** `namespaces` empty: the whole cluster. */
export function followedOf(kinds: readonly KindDeclaration[], namespaces: readonly string[]): readonly Followed[] {
  return kinds.flatMap((kind) => {
    const resources: Followed["resources"] = [
      resourceOf(kind, kind.version),
      ...kind.otherVersions.map((version) => resourceOf(kind, version)),
    ];
    const fieldSelector = fieldSelectors[kind.collection];
    const selection = fieldSelector === undefined ? {} : { fieldSelector };
    // Who may read some namespaces only may often not read what they are labelled with.
    const isOptional = kind.collection === "namespaces" && namespaces.length > 0;
    return kind.scope === "Cluster" || namespaces.length === 0
      ? [{ kind, resources, selection, isOptional }]
      : namespaces.map((namespace) => ({ kind, resources, selection: { ...selection, namespace }, isOptional }));
  });
}

/** Most Secrets and ConfigMaps of a cluster are none that a Gateway could refer to; most finished Pods belong to jobs. */
const fieldSelectors: Readonly<Partial<Record<KindDeclaration["collection"], string>>> = {
  secrets: [
    "type!=helm.sh/release.v1",
    "type!=kubernetes.io/service-account-token",
    "type!=kubernetes.io/dockerconfigjson",
    "type!=kubernetes.io/dockercfg",
    "type!=bootstrap.kubernetes.io/token",
  ].join(","),
  configMaps: "metadata.name!=kube-root-ca.crt",
  pods: "status.phase!=Succeeded,status.phase!=Failed",
};

function resourceOf({ group, kind, plural, scope }: KindDeclaration, version: string): KubeResource {
  return { group, version, kind, plural, scope };
}
