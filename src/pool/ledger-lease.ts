/** What is charged to a server for one request, as estimated when it was placed. */
export interface Charge {
  /** The placement's. */
  readonly id: string;
  readonly model: string;
  readonly priority: number;
  readonly promptBytes: number;
  readonly promptTokens: number;
  /** Expected over all answers. */
  readonly outputTokens: number;
  /** Over all answers; absent where the request names no limit. */
  readonly outputLimit?: number;
  readonly answers: number;
}

/** One placed request that has not ended, as far as we know. */
export interface Lease extends Charge {
  /** ip:port of the server that is charged. */
  readonly address: string;
  /** Monotonic. */
  readonly chargedAtMs: number;
  /**
   * What the server's decode clock showed when a reading first told that it runs; undefined: not started yet. Only the
   * server changes it.
   */
  startedAtToken: number | undefined;
}
