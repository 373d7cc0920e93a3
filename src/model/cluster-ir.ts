/** Clusters and where their endpoints are: part of the intermediate model, read by way of ir.ts. */
import type { Origin } from "./origin-ir.ts";
import type { ClusterTrafficIr } from "./traffic-ir.ts";

/**
 * "service/<ns>/<name>/<port>", "backend/<ns>/<name>" or "pool/<version>/<ns>/<name>", then "/<digest>" where the
 * settings are not the defaults; "picker/<ns>/<name>/<port>", then "/plain" where it is without TLS. It is Envoy's
 * cluster name, and never depends on a route.
 */
export type ClusterKey = string;

/** "v1/<ns>/<name>" or "v1alpha2/<ns>/<name>": the two API groups may each have a pool of one name. */
export type PoolKey = string;

export interface ClusterIr {
  readonly key: ClusterKey;
  readonly origin: Origin;
  readonly endpoints: EndpointSourceIr;
  readonly settings: ClusterSettingsIr;
}

export interface ClusterSettingsIr extends ClusterTrafficIr {
  /** Absent: the endpoints speak plain text. */
  readonly tls?: ServerTlsIr;
  readonly connectTimeoutMs: number;
  readonly connectionIdleTimeoutMs?: number;
  readonly maxConnectionDurationMs?: number;
}

/** By what servers that speak TLS are known. */
export interface ServerTlsIr {
  /** What their certificates must be for; a DNS name is also asked for (SNI). Absent: nothing is asked for, and any name will do. */
  readonly name?: { readonly type: "dns" | "ip"; readonly value: string };
  readonly trust: TrustIr;
}

export type TrustIr =
  /** PEM: certificates, and nothing else. */
  | { readonly kind: "authorities"; readonly pem: string }
  /** The authorities of the machine that asks. */
  | { readonly kind: "system" }
  | { readonly kind: "anybody" };

/** Where a cluster's endpoints come from; what they are at the moment is the endpoint lane's to say. */
export type EndpointSourceIr = {
  /** How they are spoken to. "h2c": HTTP/2, without TLS unless the cluster's settings have it. Absent: HTTP/1.1. */
  readonly protocol?: "h2c";
} & (
  | {
      readonly kind: "service";
      readonly namespace: string;
      readonly name: string;
      /** The Service's port; EndpointSlices carry the port by `portName`. */
      readonly port: number;
      /** Name of that port in the Service, "" for an unnamed one. */
      readonly portName: string;
      /** With files, where nobody makes EndpointSlices of a selector: the Pods behind it while it has no slice. */
      readonly pods?: { readonly selector: Readonly<Record<string, string>>; readonly targetPort: number };
    }
  | {
      readonly kind: "pool";
      readonly pool: PoolKey;
      readonly namespace: string;
      readonly selector: Readonly<Record<string, string>>;
      readonly targetPorts: readonly number[];
    }
  | {
      /** As its object lists them; nothing else knows more of them. Either all are names or none is. */
      readonly kind: "backend";
      readonly namespace: string;
      readonly name: string;
      readonly hosts: readonly HostIr[];
    }
);

/** Where an endpoint is that Envoy finds by itself. */
export type HostIr = {
  /** What it is called in the Host header of health checks. */
  readonly hostname?: string;
} & (
  | { readonly kind: "ip"; readonly address: string; readonly port: number }
  | { readonly kind: "name"; readonly name: string; readonly port: number }
  | { readonly kind: "socket"; readonly path: string }
);

/** One endpoint of a cluster. */
export interface EndpointIr {
  /** "10.0.0.1:8000" or "[fd00::1]:8000". */
  readonly address: string;
  readonly ip: string;
  readonly port: number;
  /** Pod name where known, else the address. */
  readonly name: string;
  readonly health: "healthy" | "unhealthy" | "draining";
  /** Where an EndpointSlice says it. */
  readonly zone?: string;
}

/** Sorted by address, no duplicates. */
export type EndpointsByCluster = ReadonlyMap<ClusterKey, readonly EndpointIr[]>;
