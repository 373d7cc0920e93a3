/** One placed request that has not ended, as far as we know. */
export interface Lease {
  readonly id: string;
  /** ip:port of the server that is charged. */
  readonly address: string;
  readonly model: string;
  readonly priority: number;
  readonly promptBytes: number;
  /** As estimated when it was placed. */
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Monotonic. */
  readonly chargedAtMs: number;
}
