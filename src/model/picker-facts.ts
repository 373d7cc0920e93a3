import type { Service } from "../resources/kinds/service.ts";
import type { ClusterKey, PickerChain, PoolKey } from "./ir.ts";

/** What only a clock or a connection can tell of pickers that are not ours: an input of the model, found elsewhere. */
export interface PickerFacts {
  /** Pools whose picker's Service came or went only now: what still counts, undefined for none. */
  readonly unsettled: ReadonlyMap<PoolKey, Service | undefined>;
  /** How those answer that were tried out, by their cluster. */
  readonly chains: ReadonlyMap<ClusterKey, PickerChain>;
}

export const noPickerFacts: PickerFacts = { unsettled: new Map(), chains: new Map() };
