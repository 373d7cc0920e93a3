import type { KubeApi, KubeResource } from "../../kube/api.ts";

/** What the Service of the xDS server selects, beside the labels of the Deployment. */
const ownerLabel = "antechamber.dev/owner";

const pods: KubeResource = { group: "", version: "v1", kind: "Pod", plural: "pods", scope: "Namespaced" };

/** A new owner also takes the label from an old one, which may be unable to do so itself. */
export async function labelOwner(
  api: Pick<KubeApi, "list" | "mergePatch">,
  { namespace, pod, isOwner }: { readonly namespace: string; readonly pod: string; readonly isOwner: boolean },
): Promise<void> {
  const label = (name: string, value: string | null): Promise<unknown> =>
    api.mergePatch(pods, { namespace, name }, { metadata: { labels: { [ownerLabel]: value } } });
  await label(pod, isOwner ? "true" : null);
  if (!isOwner) return;
  const { items } = await api.list(pods, { namespace, labelSelector: `${ownerLabel}=true`, limit: 100 });
  const others = items.filter(({ metadata }) => metadata.name !== pod);
  await Promise.all(others.map(({ metadata }) => label(metadata.name, null)));
}
