import type { KubeObject } from "../../kube/api.ts";
import type { KindDeclaration } from "../../resources/kind.ts";

/** Written by tools and controllers on each change; some hold a copy of the whole object, of Secrets too. */
const ignoredAnnotations: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  "endpoints.kubernetes.io/last-change-trigger-time",
]);

/** The object without what changes while its meaning does not, and without what is large and read by nobody. */
export function slim({ collection }: KindDeclaration, object: KubeObject): KubeObject {
  const { managedFields: _, ownerReferences: __, finalizers: ___, ...metadata } = object.metadata;
  const { annotations } = metadata;
  const kept = annotations === undefined ? undefined : dropIgnored(annotations);
  const { status, ...others } = object;
  const slimmed = { ...others, metadata: { ...metadata, ...(kept === undefined ? {} : { annotations: kept }) } };
  // A Pod's spec is large, and where it runs and whether it is ready is in its status.
  return collection === "pods" ? { ...slimmed, spec: {}, status } : slimmed;
}

function dropIgnored(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !ignoredAnnotations.has(name)));
}
