import type { Snapshot, XdsResource } from "../snapshot.ts";
import { absent } from "./delivery.ts";
import type { Subscription } from "./subscription.ts";

export interface ClusterView {
  readonly snapshot: Snapshot;
  readonly clusters: Subscription | undefined;
  readonly endpoints: Subscription | undefined;
}

/**
 * Whether requests may be sent to a cluster: what was sent last of it is acknowledged, and so is an assignment that was
 * sent after it (a cluster warms until then). A version that was refused is not waited for where an older one works.
 */
export function isReady(name: string, { snapshot, clusters, endpoints }: ClusterView): boolean {
  const wanted = snapshot.resources.cluster.get(name);
  const entry = clusters?.entry(name);
  const acked = entry?.acked;
  if (wanted === undefined || acked === undefined || acked.version === absent) return false;
  const isWanted = entry?.sent === acked && acked.version === wanted.version;
  const isRefused = entry?.sent === undefined && clusters?.refused.get(name)?.delivery.version === wanted.version;
  if (!isWanted && !isRefused) return false;
  return wanted.needs.every((assignment) => {
    const told = endpoints?.entry(assignment)?.acked;
    return told !== undefined && told.order >= acked.order;
  });
}

/** Names of the clusters that a resource makes Envoy send requests to. A listener: those of its routes. */
export function clustersBehind(
  resource: XdsResource,
  type: "listener" | "route",
  snapshot: Snapshot,
): Iterable<string> {
  if (type === "route") return resource.needs;
  return resource.needs.flatMap((route) => snapshot.resources.route.get(route)?.needs ?? []);
}
