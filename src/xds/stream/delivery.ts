import type { XdsResource } from "../snapshot.ts";

/** The version of a name that the client was told does not exist. */
export const absent = "";

/** One version of one name on its way to the client, or told of by it. */
export interface Delivery {
  readonly version: string;
  /** The stream's count of responses when it was sent; 0: the client had it when the stream began. */
  readonly order: number;
  /** Undefined: absent, or a version that only the client knows. */
  readonly resource: XdsResource | undefined;
}

/** What is known of one name on the client's side. */
export interface Entry {
  /** Undefined after a refusal: which version the client is left with is unknown. */
  sent: Delivery | undefined;
  acked: Delivery | undefined;
  /** What the client works with: the acknowledged version, or one that it never answered in its time. */
  running: Delivery | undefined;
  /** It came in a response that was refused, and such a response may be applied in part. */
  isPartial: boolean;
}

/** A response that the client has not answered. */
export interface Outstanding {
  readonly order: number;
  readonly sentAtMs: number;
  /** First snapshot that one of its contents waited from. */
  readonly since: number;
  readonly deliveries: ReadonlyMap<string, Delivery>;
  /** Its time to be answered is over, so it counts as applied. */
  presumed: boolean;
}

export interface Refusal {
  readonly delivery: Delivery;
  readonly text: string;
  readonly since: number;
}
