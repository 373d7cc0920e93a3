/** What `ante serve` was asked to do, frozen: the only reader of flags and environment is the command that makes it. */
import type { TrustTimes } from "../../trust/trust.ts";
import type { LogFormatOptions } from "../log-options.ts";

export interface ServeConfig {
  /** Absent: $KUBECONFIG, the user's own, then the Pod's ServiceAccount. */
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Where the proxies run, and the Lease and the certificates are. */
  readonly namespace: string;
  /** Whose objects are read; empty: all. */
  readonly watched: readonly string[];
  /** Of this process among its replicas: stays the same when a worker restarts. */
  readonly identity: string;
  /** The Pod that this process is; absent: it runs outside the cluster. */
  readonly pod?: string;
  /** Where proxies reach the picker of this process. */
  readonly address: string;
  /** Name or address by which proxies reach whichever replica owns. */
  readonly xdsHost: string;
  readonly ports: { readonly xds: number; readonly picker: number };
  readonly controllerName: string;
  /** Starts although an Envoy Gateway lives that serves the same classes. */
  readonly takeOver: boolean;
  readonly images: { readonly own: string; readonly envoy?: string };
  readonly clusterDomain: string;
  readonly admin: { readonly host: string; readonly port: number };
  readonly log: LogFormatOptions;
  readonly streamIdleTimeoutMs: number;
  readonly accessLogFlushMs: number;
  readonly regexMaxProgramSize: number;
  /** For what waits and cannot be handed over, after another replica owns. */
  readonly drainMs: number;
  /** Absent: the usual ones. */
  readonly trustTimes: Partial<TrustTimes>;
  readonly otlpEndpoint?: string;
  /** The picker obeys the conformance suite's steering header. Never on by default. */
  readonly conformance: boolean;
  /** Ports of tests: ways to crash and block threads. Never on by default. */
  readonly testHooks: boolean;
}
