import type { KubeName, KubeResource } from "./api.ts";

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris */
export function collectionPath({ group, version, plural, scope }: KubeResource, namespace: string | undefined): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const within =
    scope === "Namespaced" && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${within}/${plural}`;
}

export function objectPath(resource: KubeResource, { namespace, name }: KubeName, subresource?: "status"): string {
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

export function withQuery(
  path: string,
  parameters: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? path : `${path}?${query}`;
}

/** "httproutes.gateway.networking.k8s.io", as people name a kind to kubectl. */
export function resourceName({ group, plural }: Pick<KubeResource, "group" | "plural">): string {
  return group === "" ? plural : `${plural}.${group}`;
}
