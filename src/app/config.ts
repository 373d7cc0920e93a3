/** What `ante up` was asked to do, frozen: the only reader of flags and environment is the command that makes it. */
import type { LogFormatOptions } from "./log-options.ts";

export interface UpConfig {
  /** Files and directories of YAML or JSON. */
  readonly paths: readonly string[];
  /** "POOL=IP:PORT" entries: model servers without a Pod object. */
  readonly servers: readonly string[];
  /** Address that the Gateways' listeners bind to. */
  readonly bind: string;
  /** Of this machine; absent: not known, and no policy prefers it. */
  readonly zone?: string;
  readonly admin: { readonly host: string; readonly port: number };
  /** What outlives a run: the last admitted objects. */
  readonly stateDir: string;
  readonly envoy: EnvoyConfig;
  readonly log: LogFormatOptions;
  readonly accessLog: "off" | "stdout";
  readonly controllerName: string;
  readonly streamIdleTimeoutMs: number;
  readonly accessLogFlushMs: number;
  readonly drainMs: number;
  /** Base URL of the collector that spans go to; absent: none are made. */
  readonly otlpEndpoint?: string;
  /** Ports of tests: ways to crash and block threads. Never on by default. */
  readonly testHooks: boolean;
}

export interface EnvoyConfig {
  readonly path: string;
  readonly concurrency: number;
  readonly logLevel: "debug" | "info" | "warning" | "error";
  readonly heapBytes: number;
  readonly rejectUnknownFields: boolean;
  readonly regexMaxProgramSize: number;
}
