/** Every name in a snapshot is a pure function of what the thing is, so that an edit renames nothing. Clusters are named by their ClusterKey. */
import type { Origin } from "../model/ir.ts";

export function listenerName(port: number): string {
  return `tcp-${port}`;
}

export function routeConfigurationName(port: number): string {
  return `http-${port}`;
}

/** No cluster has this name: Envoy answers a weighted backend that names it with the route's cluster-not-found code. */
export const missingBackend = "missing-backend";

/** As resources/object.ts spells it: "HTTPRoute/default/llm-route". */
export function originKey(origin: Origin): string {
  return `${origin.kind}/${origin.namespace}/${origin.name}`;
}
