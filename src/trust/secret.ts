/** Kubernetes Secrets as texts by key, and back. What is written keeps what others have put on the object. */
import type { KubeObject, KubeResource } from "../kube/api.ts";

export const secretResource: KubeResource = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  scope: "Namespaced",
};

/** Texts by key; a value that is no base64 of a text is as if it were absent. */
export type SecretTexts = Readonly<Record<string, string>>;

export interface SecretMeta {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function textsOf(secret: KubeObject | undefined): SecretTexts {
  const data = secret?.["data"];
  if (typeof data !== "object" || data === null) return {};
  const texts = Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(texts.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
}

/** To be created where `known` is undefined, else to replace it, as long as nobody has changed it since. */
export function secretWith(known: KubeObject | undefined, meta: SecretMeta, texts: SecretTexts): KubeObject {
  const { labels, annotations } = known?.metadata ?? {};
  const data = Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  return {
    type: "kubernetes.io/tls",
    ...known,
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      ...known?.metadata,
      namespace: meta.namespace,
      name: meta.name,
      labels: { ...labels, ...meta.labels },
      annotations: { ...annotations, ...meta.annotations },
    },
    data: Object.fromEntries(data),
  };
}

/** Whether it says all that it is to say. */
export function hasMeta(secret: KubeObject, { labels = {}, annotations = {} }: SecretMeta): boolean {
  return (
    Object.entries(labels).every(([key, value]) => secret.metadata.labels?.[key] === value) &&
    Object.entries(annotations).every(([key, value]) => secret.metadata.annotations?.[key] === value)
  );
}
