import type { KindDeclaration } from "../kind.ts";
import type { ObjectMeta } from "../object.ts";
import { type Admitted, mapOf, openObject, optional, text } from "../schema.ts";

const body = openObject({ data: optional(mapOf(text())), binaryData: optional(mapOf(text())) });

export type ConfigMap = {
  readonly apiVersion: string;
  readonly kind: "ConfigMap";
  readonly metadata: ObjectMeta;
} & Admitted<typeof body>;

export const configMap = {
  group: "",
  version: "v1",
  otherVersions: [],
  kind: "ConfigMap",
  plural: "configmaps",
  scope: "Namespaced",
  collection: "configMaps",
  body,
  nameSyntax: "dns-subdomain",
} as const satisfies KindDeclaration;
