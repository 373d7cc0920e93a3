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
  /** For runs of the inference extension's conformance suite: each answer says which server gave it. */
  readonly conformance?: boolean;
  /** Where Envoy's machine keeps the authorities that are trusted by default. Absent: where Debian and Envoy's images do. */
  readonly authoritiesFile?: string;
  /** Where each proxy is a Pod of its own. Absent: it is beside us, and its bootstrap says how it reaches the picker. */
  readonly pod?: PodOptions;
}

export interface PodOptions {
  /** Where a proxy that has its listeners answers GET /ready. */
  readonly readyPort: number;
  /** The name in our certificate. */
  readonly serverName: string;
  /** What the proxy shows, and whom it believes. */
  readonly certificate: SecretFile;
  readonly authorities: SecretFile;
}

/** A secret in a file of the proxy's, in the form of SDS. */
export interface SecretFile {
  readonly name: string;
  readonly path: string;
}
