import type { ResourceType } from "./snapshot.ts";

/** One connected proxy, for statuses, the admin API and the picker's table. */
export interface ProxyState {
  /** Unique among streams: an Envoy that reconnects is another one. */
  readonly stream: string;
  readonly node: string;
  readonly gateway: string;
  readonly version?: string;
  /** Milliseconds since the Unix epoch. */
  readonly connectedAtMs: number;
  /** Newest snapshot that the proxy was to have. */
  readonly wantedSequence?: number;
  /** Newest snapshot of which it has acknowledged all types. */
  readonly ackedSequence?: number;
  /** Newest snapshot of which it has answered everything; above `ackedSequence` where it refused something. */
  readonly answeredSequence?: number;
  readonly types: Readonly<Record<ResourceType, ProxyTypeState>>;
}

export interface ProxyTypeState {
  readonly state: SyncState;
  readonly sentSequence?: number;
  readonly sentAtMs?: number;
  /** Newest snapshot of which it has acknowledged this type: an endpoint that came with it or before is there. */
  readonly ackedSequence?: number;
  readonly ackedAtMs?: number;
  /** Acknowledged, removed ones not counted. */
  readonly resources: number;
  /** Text of the last refusal; absent once all is accepted. */
  readonly lastError?: string;
}

export type SyncState =
  | "UNSUBSCRIBED"
  /** Subscribed, and there is no snapshot. */
  | "NOT_SENT"
  /** Something is unsent or unanswered. */
  | "STALE"
  | "NACKED"
  | "SYNCED";

/** What one proxy makes of one snapshot. */
export interface ProxyVerdict {
  readonly stream: string;
  readonly node: string;
  readonly gateway: string;
  readonly sequence: number;
  readonly outcome: ProxyOutcome;
}

export type ProxyOutcome =
  /** `effectiveMs`: since the publication; absent for a proxy that came later. */
  | { readonly kind: "accepted"; readonly effectiveMs?: number }
  /** All is answered, but something was refused, of which a verdict has told before. */
  | { readonly kind: "answered" }
  | ProxyRefusal;

export interface ProxyRefusal {
  readonly kind: "refused";
  readonly type: ResourceType;
  readonly resource: string;
  /** Keys of the objects that the resource was made from. */
  readonly origins: readonly string[];
  /** Envoy's words: for people, no key. */
  readonly text: string;
}

/** A proxy that was sent away: why, for a condition. */
export interface Rejection {
  readonly node: string;
  readonly gateway: string;
  readonly problem: string;
  readonly atMs: number;
}
