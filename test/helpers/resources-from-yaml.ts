import { parseAllDocuments } from "yaml";
import { admit, type Resource } from "../../src/resources/admit.ts";
import { findKind } from "../../src/resources/kind-table.ts";
import { nameKey } from "../../src/resources/references.ts";
import type { EndpointResources, ResourceSet } from "../../src/resources/resource-set.ts";
import { noConfiguration, noEndpoints } from "../../src/sources/store.ts";

export type AllResources = ResourceSet & EndpointResources;
type Collections = Record<keyof AllResources, Map<string, Resource>>;

/** Documents as an API server would admit them, in the namespace `default` and of generation 1 unless they say so. */
export function resourcesFromYaml(text: string): AllResources {
  return resourceSet(objectsFromYaml(text));
}

export function objectsFromYaml(text: string): readonly Resource[] {
  return parseAllDocuments(text).flatMap((document) => {
    const raw: unknown = document.toJS();
    return raw === null ? [] : [admitted(raw as Record<string, unknown>)];
  });
}

/** The order of `objects` is the order of the maps. */
export function resourceSet(objects: readonly Resource[]): AllResources {
  const names = Object.keys({ ...noConfiguration, ...noEndpoints });
  const collections = Object.fromEntries(names.map((name) => [name, new Map()])) as Collections;
  for (const object of objects) {
    const kind = findKind(object.apiVersion, object.kind);
    if (kind !== undefined) collections[kind.collection].set(nameKey(object), object);
  }
  return collections as unknown as AllResources;
}

export function admitted(raw: Readonly<Record<string, unknown>>): Resource {
  const kind = findKind(String(raw["apiVersion"]), String(raw["kind"]));
  if (kind === undefined) throw new Error(`Cannot admit ${String(raw["kind"])}: the kind is not known`);
  const admission = admit(kind, withGeneration(raw), { defaultNamespace: "default" });
  if ("errors" in admission) {
    throw new Error(`Cannot admit ${String(raw["kind"])}: ${JSON.stringify(admission.errors)}`);
  }
  return admission.object;
}

function withGeneration(raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const metadata = raw["metadata"] as Record<string, unknown>;
  return { ...raw, metadata: { generation: 1, ...metadata } };
}
