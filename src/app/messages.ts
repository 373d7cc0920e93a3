/** What the supervising thread and its workers tell each other. Plain data; MessagePorts travel as transferables. */
import type { MessagePort } from "node:worker_threads";
import type { UpConfig } from "./config.ts";

/** Given to both workers as workerData. */
export interface WorkerConfig {
  readonly config: UpConfig;
  readonly sockets: Sockets;
}

export interface Sockets {
  readonly xds: string;
  readonly picker: string;
  readonly admin: string;
}

export type ToControl =
  /** The picker's end of a fresh channel: PoolTable one way, PickerMessage the other. */
  | { readonly type: "picker"; readonly port: MessagePort }
  | { readonly type: "envoys"; readonly envoys: readonly EnvoyReport[] }
  | { readonly type: "picker-down" }
  | { readonly type: "stop" }
  | TestOrder;

export type ToPicker =
  | { readonly type: "control"; readonly port: MessagePort }
  /** Refuse what waits: the drain's time is over. */
  | { readonly type: "give-up" }
  | { readonly type: "stop" }
  | TestOrder;

/** Only where the test hooks are on. */
export interface TestOrder {
  readonly type: "test";
  readonly order: "crash" | "block";
}

export type FromControl =
  /** Latest value: the Envoys that are to run. */
  | { readonly type: "gateways"; readonly gateways: readonly GatewayWanted[] }
  | { readonly type: "ready"; readonly summary: ReadySummary }
  | { readonly type: "stopped" };

export type FromPicker = { readonly type: "listening" } | { readonly type: "stopped" };

export interface GatewayWanted {
  /** "namespace/name". */
  readonly key: string;
  readonly ports: readonly number[];
}

export interface EnvoyReport {
  readonly gateway: string;
  readonly state: "starting" | "running" | "backing-off" | "port-taken" | "stopped";
  readonly detail: string;
  readonly pid?: number;
  readonly adminSocket: string;
}

export interface ReadySummary {
  readonly gateways: readonly { readonly key: string; readonly urls: readonly string[] }[];
  readonly models: readonly string[];
}
