import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import { type Admitted, defaulted, openObject } from "../schema.ts";

const spec = openObject({});

/** Read for its labels, which listeners select by. */
export type Namespace = K8sObject<"Namespace", Admitted<typeof spec>>;

export const namespace = {
  group: "",
  version: "v1",
  otherVersions: [],
  kind: "Namespace",
  plural: "namespaces",
  scope: "Cluster",
  collection: "namespaces",
  body: openObject({ spec: defaulted(spec, {}) }),
  nameSyntax: "dns-label",
} as const satisfies KindDeclaration;
