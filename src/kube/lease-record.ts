/** A Lease as it is read and written. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
import type { KubeObject, KubeResource } from "./api.ts";

export const leases: KubeResource = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  scope: "Namespaced",
};

export interface LeaseRecord {
  /** "": nobody holds it. */
  readonly holder: string;
  readonly durationMs: number;
  /** RFC 3339, by the holder's clock: compared for equality only. */
  readonly renewTime: string;
  readonly transitions: number;
}

export function readRecord({ spec }: KubeObject): LeaseRecord {
  const given = (typeof spec === "object" && spec !== null ? spec : {}) as Readonly<Record<string, unknown>>;
  const { holderIdentity, leaseDurationSeconds, renewTime, leaseTransitions } = given;
  return {
    holder: typeof holderIdentity === "string" ? holderIdentity : "",
    durationMs: typeof leaseDurationSeconds === "number" ? leaseDurationSeconds * 1000 : 0,
    renewTime: typeof renewTime === "string" ? renewTime : "",
    transitions: typeof leaseTransitions === "number" ? leaseTransitions : 0,
  };
}

export interface HeldBy {
  /** "" gives it up. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly wallMs: number;
}

/** The Lease, held from now on; what else is in it stays. */
export function heldLease(lease: KubeObject, { holder, durationSeconds, wallMs }: HeldBy): KubeObject {
  const before = readRecord(lease);
  const now = microTime(wallMs);
  const isTaken = holder !== "" && holder !== before.holder;
  return {
    ...lease,
    spec: {
      ...(lease["spec"] as object | undefined),
      holderIdentity: holder,
      leaseDurationSeconds: durationSeconds,
      renewTime: now,
      ...(isTaken ? { acquireTime: now, leaseTransitions: before.transitions + 1 } : {}),
    },
  };
}

export function newLease(namespace: string, name: string): KubeObject {
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { namespace, name } };
}

/** metav1.MicroTime has exactly six digits. */
export function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace("Z", "000Z");
}
