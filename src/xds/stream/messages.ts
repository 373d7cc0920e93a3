import type { ResourceType, XdsResource } from "../snapshot.ts";

/** A DeltaDiscoveryRequest without its wire form. https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#incremental-xds */
export interface DeltaRequest {
  readonly type: ResourceType;
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** What the client holds from an earlier stream; counts in the first request of a type only. */
  readonly initialVersions: ReadonlyMap<string, string>;
  /** "" where the request answers nothing. */
  readonly nonce: string;
  /** Present: the response named by `nonce` was refused. */
  readonly refusal?: string;
}

export interface DeltaResponse {
  readonly type: ResourceType;
  readonly nonce: string;
  readonly resources: readonly XdsResource[];
  readonly removed: readonly string[];
}

/** What an ACK or a NACK says of the response that it answers. */
export interface Answer {
  readonly type: ResourceType;
  readonly accepted: boolean;
  /** Envoy's text; "" when accepted. */
  readonly text: string;
  /** Names in the response, removed ones included. */
  readonly names: readonly string[];
  readonly sentAtMs: number;
}

/** What becomes of a snapshot on one stream. */
export type Verdict =
  /** Every type of this snapshot, and so of all before it, is acknowledged. */
  | { readonly kind: "accepted"; readonly sequence: number }
  /** Every type is answered, but something was refused, of which a verdict has told before. */
  | { readonly kind: "answered"; readonly sequence: number }
  /** The snapshot contains a resource, alone in its response, that the client refused. */
  | {
      readonly kind: "refused";
      readonly sequence: number;
      readonly type: ResourceType;
      readonly resource: XdsResource;
      readonly text: string;
    };
