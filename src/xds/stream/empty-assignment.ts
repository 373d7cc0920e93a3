import { ClusterLoadAssignment } from "../../gen/envoy/config/endpoint/v3/endpoint.ts";
import { contentHash } from "../../lib/content-hash.ts";
import type { XdsResource } from "../snapshot.ts";

/**
 * The answer for an assignment that does not exist: a cluster warms until its assignment comes, and Envoy takes no
 * removal for one. With it requests get 503 at once.
 */
export function emptyAssignment(name: string): XdsResource {
  const body = ClusterLoadAssignment.encode({ clusterName: name }).finish();
  return { name, version: contentHash(body), body, origins: [], needs: [] };
}
