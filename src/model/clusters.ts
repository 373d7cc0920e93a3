import { contentHash } from "../lib/content-hash.ts";
import type { ClusterIr, ClusterKey, ClusterSettingsIr, EndpointSourceIr, Origin, PoolKey } from "./ir.ts";

export const defaultClusterSettings: ClusterSettingsIr = { connectTimeoutMs: 10_000 };

export function poolCluster(pool: PoolKey): ClusterKey {
  return `pool/${pool}`;
}

/** Named by the backend and its settings alone, so that no edit of a route renames a cluster. */
export function clusterOf(origin: Origin, endpoints: EndpointSourceIr, settings: ClusterSettingsIr): ClusterIr {
  const base = baseOf(endpoints);
  const digest = digestOf(settings);
  return { key: digest === "" ? base : `${base}/${digest}`, origin, endpoints, settings };
}

function baseOf(endpoints: EndpointSourceIr): ClusterKey {
  switch (endpoints.kind) {
    case "pool":
      return poolCluster(endpoints.pool);
    case "service":
      return `service/${endpoints.namespace}/${endpoints.name}/${endpoints.port}`;
    case "backend":
      return `backend/${endpoints.namespace}/${endpoints.name}`;
  }
}

function digestOf(settings: ClusterSettingsIr): string {
  const values = (of: ClusterSettingsIr): string =>
    [of.connectTimeoutMs, of.connectionIdleTimeoutMs ?? "-", of.maxConnectionDurationMs ?? "-"].join(" ");
  const content = values(settings);
  return content === values(defaultClusterSettings) ? "" : contentHash(content);
}
