/** What the supervising thread and its workers tell each other. Plain data. */
import type { DecisionPage, PickerState, PoolTable } from "../picker/messages.ts";
import type { Certificates } from "../trust/certificates.ts";
import type { UpConfig } from "./config.ts";
import type { OpenMemories } from "./held-memories.ts";

/** Given to the control worker of `ante up` as workerData. */
export interface WorkerConfig {
  readonly config: UpConfig;
  readonly sockets: Sockets;
  /** Name of the channel between the two workers. */
  readonly channel: string;
  /** For the control thread: what the one before it held. */
  readonly held: OpenMemories;
}

/** Given to the picker worker as workerData. */
export interface PickerWorkerConfig {
  readonly config: Pick<UpConfig, "log" | "accessLogFlushMs" | "otlpEndpoint">;
  readonly listen:
    | { readonly kind: "unix"; readonly path: string }
    /** Once it is told its certificates; it refuses requests until it is told to pick. */
    | { readonly kind: "tls"; readonly host: string; readonly port: number };
  /** For what waits when it is told to stop. */
  readonly drainMs: number;
  /** It obeys the conformance suite's steering header. */
  readonly conformance: boolean;
  readonly channel: string;
}

export interface Sockets {
  readonly xds: string;
  readonly picker: string;
  readonly admin: string;
}

/** main -> control */
export type ToControl = { readonly type: "envoys"; readonly envoys: readonly EnvoyReport[] } | TestOrder;

/** main -> picker */
export type ToPicker =
  /** The drain's time is over: refuse what waits. */
  { readonly type: "give-up" } | TestOrder;

/** Only where the test hooks are on. */
export interface TestOrder {
  readonly type: "test";
  readonly order: "crash" | "block";
}

/** control -> main */
export type FromControl =
  /** Latest value: the Envoys that are to run. */
  | { readonly type: "gateways"; readonly gateways: readonly GatewayWanted[] }
  /** Latest value: kept for the next control thread. */
  | { readonly type: "held"; readonly held: OpenMemories }
  /** Everything that was found at the start is in effect on its proxies. */
  | { readonly type: "in-effect"; readonly gateways: readonly GatewaySummary[] };

/** picker -> main: nothing but its heartbeat. */
export type FromPicker = never;

/**
 * Between control and picker, on a channel that either may join at any time: whoever joins says hello and is told the
 * latest value.
 */
export type ToPickerThread =
  | { readonly to: "picker"; readonly type: "hello" }
  | { readonly to: "picker"; readonly type: "pools"; readonly table: PoolTable }
  /** Kubernetes: another replica may pick in its place, under other certificates tomorrow. */
  | { readonly to: "picker"; readonly type: "picking"; readonly isPicking: boolean }
  /** Nobody is there to hand over to: refuse what waits and what comes. */
  | { readonly to: "picker"; readonly type: "give-up" }
  | { readonly to: "picker"; readonly type: "certificates"; readonly certificates: Certificates }
  | { readonly to: "picker"; readonly type: "ask-metrics"; readonly id: number }
  | { readonly to: "picker"; readonly type: "ask-decisions"; readonly id: number; readonly limit: number };

export type ToControlThread =
  | { readonly to: "control"; readonly type: "hello" }
  | { readonly to: "control"; readonly type: "state"; readonly state: PickerState }
  | { readonly to: "control"; readonly type: "metrics"; readonly id: number; readonly text: string }
  | { readonly to: "control"; readonly type: "decisions"; readonly id: number; readonly page: DecisionPage };

export interface GatewayWanted {
  /** "namespace/name". */
  readonly gateway: string;
  readonly ports: readonly { readonly port: number; readonly listeners: readonly string[] }[];
}

export interface EnvoyReport {
  readonly nodeId: string;
  readonly gateway: string;
  readonly phase: string;
  readonly pid?: number;
  readonly detail: string;
  readonly restarts: number;
  readonly adminSocket: string;
  readonly portProblems: readonly { readonly port: number; readonly problem: string }[];
}

export interface GatewaySummary {
  readonly gateway: string;
  readonly urls: readonly string[];
  readonly models: readonly string[];
}
