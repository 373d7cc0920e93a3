import { type ResourceType, resourceTypes, type Snapshot, type XdsResource } from "../snapshot.ts";
import type { Verdict } from "./messages.ts";
import type { Subscription } from "./subscription.ts";

type Subscriptions = Partial<Record<ResourceType, Subscription>>;

/** Names of these types are asked for once their user has arrived, so nothing outstanding does not mean all there. */
const users = { endpoint: "cluster", secret: "listener", route: "listener" } as const;
type UsedType = keyof typeof users;
const usedTypes: readonly UsedType[] = ["endpoint", "secret", "route"];

/** Up to which snapshot a stream's client has acknowledged what it was to have. Removals of clusters do not count. */
export class Progress {
  readonly #acked = new Map<ResourceType, number>();
  readonly #lackingSince: { [type in UsedType]?: number | undefined } = {};
  #ackedAll: number | undefined;
  #answeredAll: number | undefined;
  #first: number | undefined;

  acked(type?: ResourceType): number | undefined {
    return type === undefined ? this.#ackedAll : this.#acked.get(type);
  }

  /** As `acked`, but what was refused counts too, since nothing more will come of it. */
  get answered(): number | undefined {
    return this.#answeredAll;
  }

  published(snapshot: Snapshot, before: Snapshot | undefined): void {
    this.#first ??= snapshot.sequence;
    for (const used of usedTypes) {
      const user = users[used];
      if (snapshot.resources[user] !== before?.resources[user]) this.#lackingSince[used] ??= snapshot.sequence;
    }
  }

  /** What has come about since the last call. */
  advance(snapshot: Snapshot, subscriptions: Subscriptions): readonly Verdict[] {
    const first = this.#first ?? 0;
    let acked = snapshot.sequence;
    let answered = snapshot.sequence;
    for (const type of resourceTypes) {
      const counts = this.#settled(type, snapshot, subscriptions);
      acked = Math.min(acked, counts.acked);
      answered = Math.min(answered, counts.answered);
      if (counts.acked >= first && counts.acked > (this.#acked.get(type) ?? -1)) this.#acked.set(type, counts.acked);
    }
    const isAcked = acked >= first && acked > (this.#ackedAll ?? -1);
    const isAnswered = answered >= first && answered > (this.#answeredAll ?? -1);
    if (isAcked) this.#ackedAll = acked;
    if (isAnswered) this.#answeredAll = answered;
    if (isAcked) return [{ kind: "accepted", sequence: acked }];
    return isAnswered ? [{ kind: "answered", sequence: answered }] : [];
  }

  #settled(type: ResourceType, snapshot: Snapshot, subscriptions: Subscriptions): { acked: number; answered: number } {
    const subscription = subscriptions[type];
    let before = Number.POSITIVE_INFINITY;
    if (type !== "cluster" && type !== "listener") {
      if (this.#lackingSince[type] !== undefined && !lacks(type, snapshot, subscriptions)) {
        this.#lackingSince[type] = undefined;
      }
      before = this.#lackingSince[type] ?? before;
    } else if (subscription === undefined) return { acked: -1, answered: -1 };
    before = Math.min(before, subscription?.unsentSince ?? before);
    for (const { since } of subscription?.outstanding.values() ?? []) before = Math.min(before, since);
    const answered = Math.min(snapshot.sequence, before - 1);
    for (const { since } of subscription?.refusedIn(snapshot.resources[type]) ?? []) before = Math.min(before, since);
    return { acked: Math.min(snapshot.sequence, before - 1), answered };
  }
}

function lacks(type: UsedType, snapshot: Snapshot, subscriptions: Subscriptions): boolean {
  const user = subscriptions[users[type]];
  const used = subscriptions[type];
  const isLacking = (resource: XdsResource): boolean =>
    user?.covers(resource.name) !== false &&
    usedBy(type, resource).some((name) => used?.entry(name)?.acked === undefined);
  for (const resource of snapshot.resources[users[type]].values()) if (isLacking(resource)) return true;
  return false;
}

function usedBy(type: UsedType, { needs, secrets = [] }: XdsResource): readonly string[] {
  return type === "secret" ? secrets : needs;
}
