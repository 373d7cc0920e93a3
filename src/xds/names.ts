/** Every name in a snapshot is a pure function of what the thing is, so that an edit renames nothing. Clusters are named by their ClusterKey. */
import type { Origin, PortIr } from "../model/ir.ts";

export function listenerName(port: number): string {
  return `tcp-${port}`;
}

/** "http-80", or "https-443/www" for the listener `www`. */
export function routeConfigurationName({ port, protocol, listeners }: PortIr): string {
  return protocol === "HTTP" ? `http-${port}` : `https-${port}/${listeners[0]}`;
}

/** No cluster has this name: Envoy answers a weighted backend that names it with the route's cluster-not-found code. */
export const missingBackend = "missing-backend";

/** As resources/object.ts spells it: "HTTPRoute/default/llm-route". */
export function originKey(origin: Origin): string {
  return `${origin.kind}/${origin.namespace}/${origin.name}`;
}
