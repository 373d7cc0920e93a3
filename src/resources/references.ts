import { findKind } from "./kind-table.ts";
import type { ObjectMeta, ObjectRef } from "./object.ts";

interface Identified {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Pick<ObjectMeta, "name" | "namespace">;
}

/** The object's key in its collection of the ResourceSet or of the EndpointResources. */
export function nameKey({ apiVersion, kind, metadata: { name, namespace } }: Identified): string {
  const plain = namespace === "" ? name : `${namespace}/${name}`;
  // Two API groups have this kind.
  return kind === "InferencePool" ? `${versionOf(apiVersion)}/${plain}` : plain;
}

/** Tells any two objects apart. */
export function storeKey(object: Identified): string {
  return `${object.kind}/${nameKey(object)}`;
}

export function refOf({ apiVersion, kind, metadata: { name, namespace } }: Identified): ObjectRef {
  return { group: findKind(apiVersion, kind)?.group ?? "", kind, namespace, name };
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}
