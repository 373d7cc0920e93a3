/** What a snapshot depends on besides the Gateway. Changing one of these changes listeners. */
export interface BuildOptions {
  /** IP address that listeners bind. */
  readonly bind: string;
  /** A stream without any byte for so long is ended, except where a pool's queue is allowed to be silent. */
  readonly streamIdleTimeoutMs: number;
  /** How often a running request is reported, which renews its charge. */
  readonly accessLogFlushMs: number;
  /** false where a second Envoy on the same port would share its traffic unnoticed. */
  readonly reusePort: boolean;
}
