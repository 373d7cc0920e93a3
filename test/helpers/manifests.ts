/** Kubernetes objects for tests, in few words. */
import { stringify } from "yaml";

export type Manifest = Readonly<Record<string, unknown>>;

export function yaml(...objects: readonly Manifest[]): string {
  return objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join("---\n");
}

const gatewayApi = "gateway.networking.k8s.io/v1";

export function gatewayClass(name = "ante"): Manifest {
  return {
    apiVersion: gatewayApi,
    kind: "GatewayClass",
    metadata: { name },
    spec: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
  };
}

/** Of the class `ante`, with one listener "http". */
export function gateway(name: string, port: number): Manifest {
  return {
    apiVersion: gatewayApi,
    kind: "Gateway",
    metadata: { name },
    spec: { gatewayClassName: "ante", listeners: [{ name: "http", protocol: "HTTP", port }] },
  };
}

export interface RouteOptions {
  /** Name of the Gateway. */
  readonly parent: string;
  readonly hostnames?: readonly string[];
}

export function httpRoute(name: string, { parent, hostnames }: RouteOptions, rules: readonly Manifest[]): Manifest {
  return {
    apiVersion: gatewayApi,
    kind: "HTTPRoute",
    metadata: { name },
    spec: { parentRefs: [{ name: parent }], ...(hostnames && { hostnames }), rules },
  };
}

export function pathMatch(type: "Exact" | "PathPrefix" | "RegularExpression", value: string): Manifest {
  return { path: { type, value } };
}

/** A Service on port 80 and where it is served on loopback. */
export function service(name: string, ports: readonly number[]): readonly Manifest[] {
  return zonedService(
    name,
    ports.map((port) => ({ port })),
  );
}

/** A slice for each server, which says its zone where it has one. */
export function zonedService(
  name: string,
  servers: readonly { readonly port: number; readonly zone?: string }[],
): readonly Manifest[] {
  return [
    { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { ports: [{ port: 80 }] } },
    ...servers.map(({ port, ...zone }) => ({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${name}-${port}`, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["127.0.0.1"], ...zone }],
      ports: [{ port }],
    })),
  ];
}

export function toService(name: string, weight?: number): Manifest {
  return { name, port: 80, ...(weight !== undefined && { weight }) };
}

export function toPool(name: string): Manifest {
  return { group: "inference.networking.x-k8s.io", kind: "InferencePool", name };
}

export function trafficPolicy(
  name: string,
  target: { readonly kind: string; readonly name: string; readonly sectionName?: string },
  spec: Manifest,
): Manifest {
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "BackendTrafficPolicy",
    metadata: { name },
    spec: { targetRef: { group: "gateway.networking.k8s.io", ...target }, ...spec },
  };
}
