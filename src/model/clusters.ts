import { contentHash } from "../lib/content-hash.ts";
import { present } from "../lib/present.ts";
import type { ClusterIr, ClusterKey, ClusterSettingsIr, EndpointSourceIr, Origin, PoolKey } from "./ir.ts";

export const defaultClusterSettings: ClusterSettingsIr = { connectTimeoutMs: 10_000 };

export function poolCluster(pool: PoolKey): ClusterKey {
  return `pool/${pool}`;
}

/** Apart from the Service's as a backend, whose protocol and settings are others. */
export function pickerClusterKey(
  { namespace, name, port }: { readonly namespace: string; readonly name: string; readonly port: number },
  isPlain: boolean,
): ClusterKey {
  return `picker/${namespace}/${name}/${port}${isPlain ? "/plain" : ""}`;
}

/** Named by the backend and its settings alone, so that no edit of a route renames a cluster. */
export function clusterOf(origin: Origin, endpoints: EndpointSourceIr, wanted: ClusterSettingsIr): ClusterIr {
  const settings = meantFor(endpoints, wanted);
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
  const content = contentOf(settings);
  return content === contentOf(defaultClusterSettings) ? "" : contentHash(content);
}

/**
 * Settings are made by one function, so equal ones are written equally. TLS is the backend's own, as its protocol is: a
 * renewed authority leaves the cluster its name, so that requests that wait for a server still find it.
 */
function contentOf(settings: ClusterSettingsIr): string {
  const { connectTimeoutMs, connectionIdleTimeoutMs, maxConnectionDurationMs, tls: _, ...others } = settings;
  const limits = [connectTimeoutMs, connectionIdleTimeoutMs ?? "-", maxConnectionDurationMs ?? "-"].join(" ");
  return Object.keys(others).length === 0 ? limits : `${limits} ${JSON.stringify(others)}`;
}

/** Without settings that mean nothing to such a backend, or that Envoy would refuse on it. */
function meantFor(endpoints: EndpointSourceIr, settings: ClusterSettingsIr): ClusterSettingsIr {
  const isHttp2 = endpoints.protocol === "h2c";
  const hasNames = endpoints.kind === "backend" && endpoints.hosts.some(({ kind }) => kind === "name");
  const { http2, dns, activeCheck, loadBalancer, ...others } = settings;
  return {
    ...others,
    ...present("http2", isHttp2 ? http2 : undefined),
    ...present("dns", hasNames ? dns : undefined),
    ...present("activeCheck", activeCheck?.check.kind === "grpc" && !isHttp2 ? undefined : activeCheck),
    ...present(
      "loadBalancer",
      loadBalancer && endpoints.kind === "pool" ? { algorithm: loadBalancer.algorithm } : loadBalancer,
    ),
  };
}
