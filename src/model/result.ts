import type { Sealed } from "../lib/sealed.ts";
import type { Condition } from "../resources/condition.ts";
import type { ObjectRef } from "../resources/object.ts";
import type { ExternalPicker } from "./external-pickers.ts";
import type { InfrastructureIr } from "./infrastructure.ts";
import type { Ir, PoolIr, PoolKey } from "./ir.ts";
import type { PickerChoice } from "./picker-choice.ts";

/** What the model makes of the resources. Same input, same output. */
export interface ModelResult {
  readonly ir: Ir;
  /** Those that the built-in picker chooses for. */
  readonly pools: ReadonlyMap<PoolKey, PoolIr>;
  /** Of all pools, whose picker chooses, and why. */
  readonly pickers: ReadonlyMap<PoolKey, PickerInUse>;
  /** Of each Gateway, "namespace/name"; only in a cluster. */
  readonly infrastructure: ReadonlyMap<string, InfrastructureIr>;
  /** What is sent with the scrapes of a pool's servers; absent: nothing. */
  readonly scrapeCredentials: ReadonlyMap<PoolKey, Sealed<string>>;
  readonly statuses: readonly ObjectStatus[];
}

export interface PickerInUse {
  /** "none": nobody, since its reference cannot be resolved. */
  readonly kind: PickerChoice["kind"];
  readonly reason: string;
  /** Of an external one, where it is and how it is spoken to. */
  readonly picker?: ExternalPicker;
}

export interface ObjectStatus {
  readonly ref: ObjectRef;
  readonly generation: number;
  readonly body: StatusBody;
}

/** As each kind spells its status. */
export type StatusBody =
  | {
      readonly kind: "conditions";
      readonly conditions: readonly Condition[];
      /** Of a GatewayClass in a cluster, in order. */
      readonly supportedFeatures?: readonly string[];
    }
  | {
      readonly kind: "gateway";
      readonly conditions: readonly Condition[];
      readonly listeners: readonly ListenerStatus[];
      /** Known only once the Gateway runs: absent in what the model says. */
      readonly addresses?: readonly GatewayAddress[];
      /** Of spec.addresses: without them it is not programmed. No object's status has this field. */
      readonly askedAddresses?: readonly string[];
    }
  | { readonly kind: "parents"; readonly parents: readonly ParentStatus[] }
  | { readonly kind: "ancestors"; readonly ancestors: readonly ParentStatus[] };

export interface GatewayAddress {
  readonly type: "IPAddress" | "Hostname";
  readonly value: string;
}

export interface ListenerStatus {
  readonly name: string;
  readonly port: number;
  readonly attachedRoutes: number;
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  readonly conditions: readonly Condition[];
  /** Its certificates, by objectKey: for a refusal by a proxy. No object's status has this field. */
  readonly certificates?: readonly string[];
}

export interface ParentStatus {
  /** As the object spells it, with its namespace filled in. */
  readonly ref: ObjectRef & { readonly sectionName?: string; readonly port?: number };
  readonly conditions: readonly Condition[];
  /** On routes, the listeners of the parent that serve it: for a refusal by a proxy. No object's status has this field. */
  readonly listeners?: readonly string[];
}
