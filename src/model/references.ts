import type { Resource } from "../resources/admit.ts";
import { apiVersionOf, type KindDeclaration } from "../resources/kind.ts";
import type { ReferenceGrant } from "../resources/kinds/reference-grant.ts";
import { nameKey } from "../resources/references.ts";
import type { ByName, ResourceSet } from "../resources/resource-set.ts";

/** What refers: in grants it is named by kind and namespace alone. */
export interface Referrer {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

export interface Reference {
  readonly group: string;
  readonly kind: string;
  /** Absent: the referrer's. */
  readonly namespace?: string;
  readonly name: string;
}

export type Resolution<T> =
  | { readonly kind: "found"; readonly object: T }
  /** Checked in this order, so that nobody learns what there is in a namespace that grants nothing. */
  | { readonly kind: "invalid-kind" | "not-permitted" | "not-found"; readonly namespace: string };

type ObjectIn<C extends keyof ResourceSet> = ResourceSet[C] extends ByName<infer T> ? T : never;

/**
 * The one way from a reference to an object, for every kind of either. Into another namespace only where a
 * ReferenceGrant there allows it. https://gateway-api.sigs.k8s.io/api-types/referencegrant/
 */
export interface References {
  /** `kinds`: those that the field may name. */
  resolve<C extends keyof ResourceSet>(
    from: Referrer,
    ref: Reference,
    kinds: readonly (KindDeclaration & { readonly collection: C })[],
  ): Resolution<ObjectIn<C>>;
  permits(from: Referrer, ref: Reference): boolean;
}

export function createReferences(resources: ResourceSet): References {
  const grants = grantsByNamespace(resources.referenceGrants);
  const permits = (from: Referrer, ref: Reference): boolean => {
    const { namespace = from.namespace } = ref;
    return namespace === from.namespace || (grants.get(namespace) ?? []).some((grant) => allows(grant, from, ref));
  };
  return {
    permits,
    resolve<C extends keyof ResourceSet>(
      from: Referrer,
      ref: Reference,
      kinds: readonly (KindDeclaration & { readonly collection: C })[],
    ): Resolution<ObjectIn<C>> {
      const { namespace = from.namespace, name } = ref;
      const kind = kinds.find((one) => one.group === ref.group && one.kind === ref.kind);
      if (kind === undefined) return { kind: "invalid-kind", namespace };
      if (!permits(from, ref)) return { kind: "not-permitted", namespace };
      const key = nameKey({ apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { namespace, name } });
      const collection: ByName<Resource> = resources[kind.collection];
      const object = collection.get(key);
      // A collection holds objects of its kind.
      return object === undefined ? { kind: "not-found", namespace } : { kind: "found", object: object as ObjectIn<C> };
    },
  };
}

function grantsByNamespace(grants: ByName<ReferenceGrant>): ReadonlyMap<string, readonly ReferenceGrant[]> {
  return Map.groupBy(grants.values(), ({ metadata }) => metadata.namespace);
}

function allows({ spec }: ReferenceGrant, from: Referrer, to: Reference): boolean {
  return (
    spec.from.some(
      ({ group, kind, namespace }) => group === from.group && kind === from.kind && namespace === from.namespace,
    ) &&
    spec.to.some(
      ({ group, kind, name }) => group === to.group && kind === to.kind && (name === undefined || name === to.name),
    )
  );
}
