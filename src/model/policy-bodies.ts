import type { Memo } from "../lib/memo.ts";
import type { BackendTrafficPolicy } from "../resources/kinds/backend-traffic-policy.ts";
import type { ConfigMap } from "../resources/kinds/config-map.ts";
import type { ResourceSet } from "../resources/resource-set.ts";
import { nameKey } from "./origins.ts";

export interface WithBodies {
  readonly policy: BackendTrafficPolicy;
  /** References that lead nowhere. */
  readonly problems: readonly string[];
}

type Override = NonNullable<BackendTrafficPolicy["spec"]["responseOverride"]>[number];

/** As Envoy Gateway calls it; without it the first key by name counts. */
const usualKey = "response.body";

/** The policy with the texts that it takes from ConfigMaps of its namespace written into it. */
export function withBodies(
  policy: BackendTrafficPolicy,
  { configMaps }: Pick<ResourceSet, "configMaps">,
  memory: Memo<WithBodies>,
): WithBodies {
  const { namespace, name } = policy.metadata;
  const references = (policy.spec.responseOverride ?? []).flatMap((override) => referenceOf(override) ?? []);
  if (references.length === 0) return { policy, problems: [] };
  const maps = references.map((reference) => configMaps.get(nameKey(namespace, reference)));
  return memory.recall(nameKey(namespace, name), [policy, ...maps], () => {
    const texts = new Map(references.map((reference, index) => [reference, textOf(maps[index])]));
    const responseOverride = policy.spec.responseOverride?.map((override) => inlined(override, texts));
    return {
      policy: { ...policy, spec: { ...policy.spec, ...(responseOverride && { responseOverride }) } },
      problems: references.flatMap((reference, index) => problemOf(nameKey(namespace, reference), maps[index])),
    };
  });
}

function referenceOf({ response }: Override): string | undefined {
  return response?.body?.type === "ValueRef" ? response.body.valueRef?.name : undefined;
}

function textOf(map: ConfigMap | undefined): string | undefined {
  if (map === undefined) return undefined;
  const { data = {}, binaryData = {} } = map;
  const [key] = Object.keys(data).sort();
  const [binaryKey] = Object.keys(binaryData).sort();
  const binary = binaryKey === undefined ? undefined : binaryData[binaryKey];
  return (
    data[usualKey] ??
    (key === undefined ? undefined : data[key]) ??
    (binary === undefined ? undefined : Buffer.from(binary, "base64").toString())
  );
}

function inlined(override: Override, texts: ReadonlyMap<string, string | undefined>): Override {
  const reference = referenceOf(override);
  const inline = reference === undefined ? undefined : texts.get(reference);
  if (inline === undefined || override.response === undefined) return override;
  return { ...override, response: { ...override.response, body: { type: "Inline", inline } } };
}

function problemOf(key: string, map: ConfigMap | undefined): readonly string[] {
  if (map === undefined) return [`ResponseOverride: can't find the referenced configmap ${key}`];
  if (textOf(map) !== undefined) return [];
  return [`ResponseOverride: can't find the key ${usualKey} in the referenced configmap ${key}`];
}
