import type { KindDeclaration } from "../kind.ts";
import type { ObjectMeta } from "../object.ts";
import { type Admitted, confidential, defaulted, mapOf, openObject, optional, text } from "../schema.ts";

const isBase64 = (value: unknown): boolean => /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(String(value));

const body = openObject({
  type: defaulted(text(), "Opaque"),
  data: optional(
    confidential(
      mapOf(text(), {
        rules: { "values must be base64": (self) => Object.values(self).every(isBase64) },
      }),
      "must be base64 text by key; what is written is not shown",
    ),
  ),
  stringData: optional(confidential(mapOf(text()), "must be text by key; what is written is not shown")),
});

export type Secret = {
  readonly apiVersion: string;
  readonly kind: "Secret";
  readonly metadata: ObjectMeta;
} & Admitted<typeof body>;

/** `stringData` wins, as an API server merges it into `data`. */
export function secretValue({ data, stringData }: Secret, key: string): Buffer | undefined {
  const plain = own(stringData, key);
  if (plain !== undefined) return Buffer.from(plain);
  const encoded = own(data, key);
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64");
}

function own(map: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}

export const secret = {
  group: "",
  version: "v1",
  otherVersions: [],
  kind: "Secret",
  plural: "secrets",
  scope: "Namespaced",
  collection: "secrets",
  body,
  nameSyntax: "dns-subdomain",
  isConfidential: true,
} as const satisfies KindDeclaration;
