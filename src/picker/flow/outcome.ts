import type { Placement } from "../schedule/placement.ts";

/** How a request left flow control. Each admitted request settles exactly once with one of these. */
export type Outcome = Placed | Refused | Evicted;

export interface Placed {
  readonly kind: "placed";
  readonly placement: Placement;
  readonly waitedMs: number;
}

/** It never waited. */
export interface Refused {
  readonly kind: "refused";
  readonly reason: RefusalReason;
}

/** It waited, and leaves without a server. */
export interface Evicted {
  readonly kind: "evicted";
  readonly reason: EvictionReason;
  readonly waitedMs: number;
}

export type RefusalReason = "queue-full" | "saturated" | "no-endpoints" | "ttl-expired" | "shutting-down";

export type EvictionReason =
  | "ttl-expired"
  | "no-endpoints"
  /** A full queue made place for a request of a higher level. */
  | "displaced"
  | "client-gone"
  /** Another picker serves, and the proxy asks that one. */
  | "handed-over"
  /** The proxy sent the same request again: the newer stream has its place, this one needs no answer. */
  | "replaced"
  | "shutting-down";
