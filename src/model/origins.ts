import type { Origin } from "./ir.ts";

interface Named {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
}

export function originOf(object: Named, fieldPath = ""): Origin {
  return { kind: object.kind, namespace: object.metadata.namespace, name: object.metadata.name, fieldPath };
}

/** "namespace/name": how resources are looked up. */
export function nameKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
