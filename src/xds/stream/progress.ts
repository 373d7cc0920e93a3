import { type ResourceType, resourceTypes, type Snapshot, type XdsResource } from "../snapshot.ts";
import type { Subscription } from "./subscription.ts";

type Subscriptions = Partial<Record<ResourceType, Subscription>>;

/** Names of these types are asked for once their user has arrived, so nothing outstanding does not mean all there. */
const users = { endpoint: "cluster", route: "listener" } as const;

/** Up to which snapshot a stream's client has acknowledged what it was to have. Removals of clusters do not count. */
export class Progress {
  readonly #acked = new Map<ResourceType, number>();
  readonly #lackingSince: { endpoint?: number | undefined; route?: number | undefined } = {};
  #ackedAll: number | undefined;
  #first: number | undefined;

  acked(type?: ResourceType): number | undefined {
    return type === undefined ? this.#ackedAll : this.#acked.get(type);
  }

  published(snapshot: Snapshot, before: Snapshot | undefined): void {
    this.#first ??= snapshot.sequence;
    for (const used of ["endpoint", "route"] as const) {
      const user = users[used];
      if (snapshot.resources[user] !== before?.resources[user]) this.#lackingSince[used] ??= snapshot.sequence;
    }
  }

  /** The newest snapshot that is acknowledged as a whole, where it is newer than at the last call. */
  advance(snapshot: Snapshot, subscriptions: Subscriptions): number | undefined {
    let all = snapshot.sequence;
    for (const type of resourceTypes) {
      const acked = this.#settled(type, snapshot, subscriptions);
      all = Math.min(all, acked);
      if (acked >= (this.#first ?? 0) && acked > (this.#acked.get(type) ?? -1)) this.#acked.set(type, acked);
    }
    if (all < (this.#first ?? 0) || all <= (this.#ackedAll ?? -1)) return undefined;
    this.#ackedAll = all;
    return all;
  }

  #settled(type: ResourceType, snapshot: Snapshot, subscriptions: Subscriptions): number {
    const subscription = subscriptions[type];
    let before = Number.POSITIVE_INFINITY;
    if (type === "endpoint" || type === "route") {
      if (this.#lackingSince[type] !== undefined && !lacks(type, snapshot, subscriptions)) {
        this.#lackingSince[type] = undefined;
      }
      before = this.#lackingSince[type] ?? before;
    } else if (subscription === undefined) return -1;
    before = Math.min(before, subscription?.unsentSince ?? before);
    for (const { since } of subscription?.outstanding.values() ?? []) before = Math.min(before, since);
    for (const { since } of subscription?.refusedIn(snapshot.resources[type]) ?? []) before = Math.min(before, since);
    return Math.min(snapshot.sequence, before - 1);
  }
}

function lacks(type: "endpoint" | "route", snapshot: Snapshot, subscriptions: Subscriptions): boolean {
  const user = subscriptions[users[type]];
  const used = subscriptions[type];
  const isLacking = ({ name, needs }: XdsResource): boolean =>
    user?.covers(name) !== false && needs.some((need) => used?.entry(need)?.acked === undefined);
  for (const resource of snapshot.resources[users[type]].values()) if (isLacking(resource)) return true;
  return false;
}
