/** metav1.ObjectMeta: all of its fields are known, few are kept. */
import { labelValue } from "./gateway-api/shapes.ts";
import type { KindDeclaration } from "./kind.ts";
import type { ObjectMeta } from "./object.ts";
import { isQualifiedName } from "./qualified-name.ts";
import { type Admitted, anything, mapOf, object, optional, text } from "./schema.ts";
import type { Finding } from "./structural.ts";

const keysAreQualified = {
  "keys must be an optional DNS subdomain and a slash, then a name of at most 63 letters, digits, '-', '_', '.'": (
    self: Readonly<Record<string, unknown>>,
  ) => Object.keys(self).every(isQualifiedName),
};

export const metadataSchema = object({
  name: text(),
  namespace: optional(text()),
  labels: optional(mapOf(labelValue(), { rules: keysAreQualified })),
  annotations: optional(mapOf(text(), { rules: keysAreQualified })),
  generation: optional(anything()),
  creationTimestamp: optional(text()),
  deletionTimestamp: optional(text()),
  uid: optional(text()),
  generateName: optional(anything()),
  resourceVersion: optional(anything()),
  selfLink: optional(anything()),
  deletionGracePeriodSeconds: optional(anything()),
  ownerReferences: optional(anything()),
  finalizers: optional(anything()),
  managedFields: optional(anything()),
});

const nameSyntaxes = {
  "dns-subdomain": {
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    longest: 253,
    says: "lower case letters, digits, '-' and '.', with a letter or digit at both ends",
  },
  "dns-label": {
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    longest: 63,
    says: "lower case letters, digits and '-', with a letter or digit at both ends",
  },
  "dns-1035-label": {
    pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    longest: 63,
    says: "lower case letters, digits and '-', with a letter first and a letter or digit last",
  },
} as const;

export interface NamedMeta {
  readonly metadata: ObjectMeta;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** The metadata that is kept, with the namespace that the kind's scope asks for, and what is wrong with the names. */
export function keepMetadata(
  kind: KindDeclaration,
  given: Admitted<typeof metadataSchema>,
  defaultNamespace: string,
): NamedMeta {
  const errors: Finding[] = [];
  const warnings: Finding[] = [];
  const namespaced = kind.scope === "Namespaced";
  const namespace = namespaced ? (given.namespace ?? "") || defaultNamespace : "";
  const syntax = nameProblem(given.name, kind.nameSyntax);
  if (syntax !== undefined) errors.push({ path: ["metadata", "name"], reason: syntax });
  const namespaceSyntax = namespaced ? nameProblem(namespace, "dns-label") : undefined;
  if (namespaceSyntax !== undefined) errors.push({ path: ["metadata", "namespace"], reason: namespaceSyntax });
  if (!namespaced && (given.namespace ?? "") !== "")
    warnings.push({
      path: ["metadata", "namespace"],
      reason: `a ${kind.kind} belongs to no namespace, ignored`,
    });
  const { name, labels = {}, annotations = {}, creationTimestamp, deletionTimestamp, uid } = given;
  const generation = typeof given.generation === "number" ? given.generation : 0;
  return {
    metadata: {
      name,
      namespace,
      labels,
      annotations,
      generation,
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(uid === undefined ? {} : { uid }),
    },
    errors,
    warnings,
  };
}

function nameProblem(name: string, syntax: keyof typeof nameSyntaxes): string | undefined {
  const { pattern, longest, says } = nameSyntaxes[syntax];
  if (name.length <= longest && pattern.test(name)) return undefined;
  return `Invalid value: ${JSON.stringify(name.slice(0, 80))}: must be at most ${longest} characters: ${says}`;
}
