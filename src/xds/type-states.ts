import type { ProxyTypeState, SyncState } from "./proxy-state.ts";
import type { ResourceType } from "./snapshot.ts";
import { absent } from "./stream/delivery.ts";
import type { DeltaStream } from "./stream/delta-stream.ts";
import type { Subscription } from "./stream/subscription.ts";

/** What is remembered of a type beside the protocol's state. */
export interface TypeHistory {
  sentSequence?: number;
  sentAtMs?: number;
  ackedAtMs?: number;
  lastError?: string;
}

export type TypeHistories = Readonly<Record<ResourceType, TypeHistory>>;

export function newHistories(): TypeHistories {
  return { cluster: {}, endpoint: {}, secret: {}, listener: {}, route: {} };
}

export function typeStates(
  stream: DeltaStream,
  histories: TypeHistories,
): Readonly<Record<ResourceType, ProxyTypeState>> {
  const state = (type: ResourceType): ProxyTypeState => {
    const { lastError, ...history } = histories[type];
    const subscription = stream.subscription(type);
    const sync = syncState(type, subscription, stream);
    const ackedSequence = stream.acked(type);
    return {
      ...history,
      state: sync,
      resources: countAcked(subscription),
      ...(ackedSequence === undefined ? {} : { ackedSequence }),
      ...(lastError === undefined || sync === "SYNCED" ? {} : { lastError }),
    };
  };
  return {
    cluster: state("cluster"),
    endpoint: state("endpoint"),
    secret: state("secret"),
    listener: state("listener"),
    route: state("route"),
  };
}

function syncState(type: ResourceType, subscription: Subscription | undefined, stream: DeltaStream): SyncState {
  const { snapshot } = stream;
  // A proxy asks for what it is told to use, and where that is nothing it has all of it.
  if (subscription === undefined) return snapshot?.resources[type].size === 0 ? "SYNCED" : "UNSUBSCRIBED";
  if (snapshot === undefined) return "NOT_SENT";
  if (subscription.refusedIn(snapshot.resources[type]).length > 0) return "NACKED";
  const isStale = subscription.unsentSince !== undefined || subscription.outstanding.size > 0;
  return isStale ? "STALE" : "SYNCED";
}

function countAcked(subscription: Subscription | undefined): number {
  let count = 0;
  for (const { acked } of subscription?.entries.values() ?? []) {
    if (acked !== undefined && acked.version !== absent) count += 1;
  }
  return count;
}
