/** Short forms of the intermediate model, for tests of what is made from it. */

import { modelHeader } from "../../src/lib/wire.ts";
import {
  type ActionIr,
  type BackendIr,
  type ClusterIr,
  type ClusterKey,
  type EndpointIr,
  type ForwardIr,
  type GatewayIr,
  type MatchIr,
  noHeaderMutation,
  type Origin,
  type PoolUseIr,
  type RouteIr,
  type VirtualHostIr,
} from "../../src/model/ir.ts";

export function makeOrigin(kind: string, name: string, fieldPath = ""): Origin {
  return { kind, namespace: "default", name, fieldPath };
}

export function makeGateway(
  virtualHosts: readonly VirtualHostIr[],
  clusters: readonly ClusterIr[],
  port = 8081,
): GatewayIr {
  return {
    key: "default/gw",
    origin: makeOrigin("Gateway", "gw"),
    generation: 1,
    ports: [{ port, protocol: "HTTP", listeners: ["http"], virtualHosts }],
    clusters: new Map(clusters.map((cluster) => [cluster.key, cluster])),
    secrets: new Map(),
  };
}

export interface RouteOptions {
  readonly match?: Partial<MatchIr>;
  readonly body?: RouteIr["body"];
  readonly fields?: Partial<Pick<RouteIr, "requestHeaders" | "responseHeaders">>;
}

/** Of the HTTPRoute `name`; its match is everything unless told otherwise. */
export function makeRoute(
  name: string,
  action: ActionIr,
  { match, body = "none", fields }: RouteOptions = {},
): RouteIr {
  return {
    name: `httproute/default/${name}/rule/0/match/0`,
    origin: makeOrigin("HTTPRoute", name, "spec.rules[0].matches[0]"),
    match: { path: { type: "prefix", value: "/" }, headers: [], query: [], ...match },
    action,
    requestHeaders: noHeaderMutation,
    responseHeaders: noHeaderMutation,
    body,
    ...fields,
  };
}

export function matchModel(type: "exact" | "regex", value: string): Partial<MatchIr> {
  return { headers: [{ name: modelHeader, type, value }] };
}

export function forward(backends: readonly BackendIr[], limits: Partial<ForwardIr> = {}): ForwardIr {
  return { kind: "forward", backends, ...limits };
}

export function backendOf(cluster: ClusterIr, weight = 1, pool?: Partial<PoolUseIr>): BackendIr {
  const use: { pool?: PoolUseIr } =
    cluster.endpoints.kind === "pool"
      ? { pool: { pool: cluster.endpoints.pool, bodyToPicker: false, retries: 2, failOpen: false, ...pool } }
      : {};
  return {
    weight,
    target: { kind: "cluster", cluster: cluster.key, ...use },
    requestHeaders: noHeaderMutation,
    responseHeaders: noHeaderMutation,
  };
}

export function missingBackendOf(reason: string, weight = 1): BackendIr {
  return {
    weight,
    target: { kind: "missing", reason },
    requestHeaders: noHeaderMutation,
    responseHeaders: noHeaderMutation,
  };
}

export function serviceCluster(name: string, port = 80, settings: Partial<ClusterIr["settings"]> = {}): ClusterIr {
  return {
    key: `service/default/${name}/${port}`,
    origin: makeOrigin("Service", name),
    endpoints: { kind: "service", namespace: "default", name, port, portName: "" },
    settings: { connectTimeoutMs: 10_000, ...settings },
  };
}

export function poolCluster(name: string, settings: Partial<ClusterIr["settings"]> = {}): ClusterIr {
  return {
    key: `pool/v1/default/${name}`,
    origin: makeOrigin("InferencePool", name),
    endpoints: {
      kind: "pool",
      pool: `v1/default/${name}`,
      namespace: "default",
      selector: { app: name },
      targetPorts: [8000],
    },
    settings: { connectTimeoutMs: 10_000, ...settings },
  };
}

export function endpointAt(port: number, ip = "127.0.0.1"): EndpointIr {
  return { address: `${ip}:${port}`, ip, port, name: `pod-${port}`, health: "healthy" };
}

export function endpointsOf(
  entries: Readonly<Record<ClusterKey, readonly number[]>>,
): ReadonlyMap<ClusterKey, readonly EndpointIr[]> {
  return new Map(Object.entries(entries).map(([key, ports]) => [key, ports.map((port) => endpointAt(port))]));
}
