/** What all Kubernetes objects have, as this program keeps them: immutable, defaulted, pruned of what no stage reads. */
export interface ObjectMeta {
  readonly name: string;
  /** "" for cluster-scoped kinds. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Counts changes of spec. Files: counted by the source, from 1. */
  readonly generation: number;
  /** RFC 3339; absent for files, where order is namespace/name. */
  readonly creationTimestamp?: string;
  /** RFC 3339; present while the object terminates. */
  readonly deletionTimestamp?: string;
  readonly uid?: string;
}

/**
 * One object. A changed object is a new identity; an object whose normalised content is equal keeps its old one, so
 * that whatever is derived from it may be memoised on it (WeakMap).
 */
export interface K8sObject<Kind extends string = string, Spec = unknown> {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
}

export interface ObjectRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** "HTTPRoute/default/llm-route"; cluster-scoped: "GatewayClass//name". Group is left out: kinds are unique here but for InferencePool. */
export function objectKey(ref: { readonly kind: string; readonly namespace: string; readonly name: string }): string {
  return `${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** With the group, where an InferencePool of either may be meant: "inference.networking.k8s.io/InferencePool/default/p". */
export function groupedKey({ group, kind, namespace, name }: ObjectRef): string {
  return `${group}/${kind}/${namespace}/${name}`;
}
