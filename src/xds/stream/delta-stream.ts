/**
 * One client's stream: all types, and the order between them. Reads requests, snapshots and which clusters are in
 * use; produces responses, verdicts and the time at which it wants to be flushed again. No socket, no clock: the
 * caller brings both.
 *
 *   publish, request, setClustersInUse  -->  flush(now)  -->  responses, wakeAtMs
 *
 * Make before break:
 *
 *   clusters -> their endpoints -> both acknowledged -> listeners, routes -> acknowledged, grace -> removed clusters
 *   secrets that the client has asked for before -> listeners -> secrets that it asks for then
 *
 * What needs no order waits for nobody: endpoints, secrets, and routes that name ready clusters only.
 * https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#eventual-consistency-considerations
 */
import { type ResourceType, resourceTypes, type Snapshot, type XdsResource } from "../snapshot.ts";
import { emptyAssignment } from "./empty-assignment.ts";
import { Gates, type Need } from "./gates.ts";
import type { Answer, DeltaRequest, DeltaResponse, Verdict } from "./messages.ts";
import { Progress } from "./progress.ts";
import { clustersBehind, isReady } from "./readiness.ts";
import { Retirement } from "./retirement.ts";
import { Subscription } from "./subscription.ts";

export interface DeltaStreamOptions {
  /** Unique among streams, so that a nonce of another stream answers nothing here. */
  readonly noncePrefix: string;
  /** Longest time that a listener or route waits for clusters, and that an answer is waited for. */
  readonly gateLimitMs: number;
  /** Time from the last route that names a cluster to the cluster's removal. */
  readonly removalGraceMs: number;
}

export interface Flush {
  readonly responses: readonly DeltaResponse[];
  /** When to flush again if nothing happens before; infinite: never. */
  readonly wakeAtMs: number;
}

/** A client that has left this many responses of a type unanswered gets more of it only once it answers. */
const maxOutstanding = 64;

type Subscriptions = Partial<Record<ResourceType, Subscription>>;

export class DeltaStream {
  readonly #options: DeltaStreamOptions;
  readonly #gates: Gates;
  readonly #retirement: Retirement;
  readonly #subscriptions: Subscriptions = {};
  readonly #dirty = new Set<ResourceType>();
  readonly #progress = new Progress();
  #snapshot: Snapshot | undefined;
  #inUse: ReadonlySet<string> = new Set();
  #goneClusters: readonly string[] = [];
  #order = 0;
  #verdicts: Verdict[] = [];

  constructor(options: DeltaStreamOptions) {
    this.#options = options;
    this.#gates = new Gates(options.gateLimitMs);
    this.#retirement = new Retirement(options.removalGraceMs, options.gateLimitMs);
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  subscription(type: ResourceType): Subscription | undefined {
    return this.#subscriptions[type];
  }

  /** Newest acknowledged snapshot, of one type or of all; undefined before the first. */
  acked(type?: ResourceType): number | undefined {
    return this.#progress.acked(type);
  }

  /** Newest snapshot of which everything is answered, refusals included. */
  get answered(): number | undefined {
    return this.#progress.answered;
  }

  /** Replaces what is not sent yet: nothing of an older snapshot is sent from here on. */
  publish(snapshot: Snapshot): void {
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    for (const type of resourceTypes) {
      if (snapshot.resources[type] !== before?.resources[type]) this.#supersede(type, before);
    }
    this.#progress.published(snapshot, before);
    for (const type of resourceTypes) this.#repeatRefusals(type, snapshot);
  }

  setClustersInUse(names: ReadonlySet<string>): void {
    this.#inUse = names;
  }

  /** Undefined where the request answers nothing. */
  request(request: DeltaRequest): Answer | undefined {
    const { type } = request;
    const subscription = this.#subscriptions[type];
    if (subscription === undefined) {
      this.#subscriptions[type] = new Subscription(request);
      this.#touch(type);
      return undefined;
    }
    const answer = subscription.answer(request);
    if (answer !== undefined) this.#takeAnswer(subscription, answer);
    if (subscription.resubscribe(request)) this.#touch(type);
    return answer;
  }

  flush(nowMs: number): Flush {
    const responses: DeltaResponse[] = [];
    let wakeAtMs = Number.POSITIVE_INFINITY;
    const snapshot = this.#snapshot;
    if (snapshot !== undefined) {
      for (const subscription of Object.values(this.#subscriptions)) {
        subscription.presume(nowMs - this.#options.gateLimitMs);
      }
      for (const type of resourceTypes) {
        const subscription = this.#subscriptions[type];
        if (subscription === undefined) continue;
        wakeAtMs = Math.min(wakeAtMs, this.#flushType(subscription, snapshot, { nowMs, responses }));
      }
      wakeAtMs = Math.min(wakeAtMs, this.#retire(snapshot, { nowMs, responses }), this.#nextPresumption());
      this.#verdicts.push(...this.#progress.advance(snapshot, this.#subscriptions));
    }
    return { responses, wakeAtMs };
  }

  /** What has become known of snapshots since it was asked last. */
  takeVerdicts(): readonly Verdict[] {
    const verdicts = this.#verdicts;
    this.#verdicts = [];
    return verdicts;
  }

  #touch(type: ResourceType): void {
    this.#dirty.add(type);
    if (this.#snapshot !== undefined) this.#subscriptions[type]?.waitsSince(this.#snapshot.sequence);
  }

  /** What replaces a refused resource has been waited for since that came. */
  #supersede(type: ResourceType, before: Snapshot | undefined): void {
    this.#touch(type);
    const subscription = this.#subscriptions[type];
    if (before === undefined || subscription === undefined) return;
    for (const { since } of subscription.refusedIn(before.resources[type])) subscription.waitsSince(since);
  }

  #takeAnswer(subscription: Subscription, answer: Answer): void {
    const { type } = subscription;
    // A removed cluster's assignment goes after it; a refused response, or one more than the window, goes on from here.
    if (type === "cluster") this.#dirty.add("endpoint");
    if (!answer.accepted || subscription.unsentSince !== undefined) this.#dirty.add(type);
    const [name] = answer.names;
    if (answer.accepted || name === undefined || answer.names.length > 1) return;
    const refusal = subscription.refused.get(name);
    const resource = refusal?.delivery.resource;
    if (refusal === undefined || resource === undefined) return;
    const current = this.#snapshot?.resources[type].get(name)?.version === resource.version;
    const sequence = (current ? this.#snapshot?.sequence : undefined) ?? refusal.since;
    this.#verdicts.push({ kind: "refused", sequence, type, resource, text: refusal.text });
  }

  /** A refused version is not sent again; a snapshot that contains it is refused as it comes. */
  #repeatRefusals(type: ResourceType, snapshot: Snapshot): void {
    for (const { delivery, text } of this.#subscriptions[type]?.refusedIn(snapshot.resources[type]) ?? []) {
      const { resource } = delivery;
      if (resource !== undefined)
        this.#verdicts.push({ kind: "refused", sequence: snapshot.sequence, type, resource, text });
    }
  }

  #flushType(subscription: Subscription, snapshot: Snapshot, out: Out): number {
    const { type } = subscription;
    if (!this.#dirty.has(type)) return Number.POSITIVE_INFINITY;
    if (subscription.outstanding.size >= maxOutstanding) return Number.POSITIVE_INFINITY;
    const { changed, gone, unknown } = subscription.missing(snapshot.resources[type]);
    this.#gates.keepOnly(type, new Set(changed.map(({ name }) => name)));
    const ready: XdsResource[] = [];
    let wakeAtMs = Number.POSITIVE_INFINITY;
    for (const resource of changed) {
      const untilMs = this.#closedUntil(type, resource, snapshot, out.nowMs);
      if (untilMs === undefined) ready.push(resource);
      else wakeAtMs = Math.min(wakeAtMs, untilMs);
    }
    const isWhole = ready.length === changed.length && !this.#waitsForListeners(type, gone);
    const removed = this.#removable(type, gone, isWhole);
    this.#send(subscription, { resources: ready, removed, unknown, isWhole }, out);
    if (isWhole) {
      this.#dirty.delete(type);
      subscription.unsentSince = undefined;
    }
    return wakeAtMs;
  }

  #closedUntil(type: ResourceType, resource: XdsResource, snapshot: Snapshot, nowMs: number): number | undefined {
    if (type !== "listener" && type !== "route") return undefined;
    const view = { snapshot, clusters: this.#subscriptions.cluster, endpoints: this.#subscriptions.endpoint };
    const unready = [...clustersBehind(resource, type, snapshot)]
      .filter((name) => !isReady(name, view))
      .map((name) => ({ name, version: snapshot.resources.cluster.get(name)?.version ?? "" }));
    const unsent = this.#unsentSecrets(resource, snapshot);
    return this.#gates.closedUntil(`${type}/${resource.name}`, [...unready, ...unsent], nowMs);
  }

  /** Of those that the client has asked for: it takes the others only once it has the listener. */
  #unsentSecrets({ secrets = [] }: XdsResource, snapshot: Snapshot): readonly Need[] {
    const { secret: subscription } = this.#subscriptions;
    return secrets.flatMap((name) => {
      const version = snapshot.resources.secret.get(name)?.version ?? "";
      if (subscription === undefined || !subscription.covers(name)) return [];
      const isSettled = subscription.entry(name)?.sent?.version === version || subscription.refused.has(name);
      return isSettled ? [] : [{ name: `secret/${name}`, version }];
    });
  }

  /** A route configuration goes after the listener that uses it. */
  #waitsForListeners(type: ResourceType, gone: readonly string[]): boolean {
    return type === "route" && gone.length > 0 && this.#subscriptions.listener?.unsentSince !== undefined;
  }

  #removable(type: ResourceType, gone: readonly string[], isWhole: boolean): readonly string[] {
    switch (type) {
      case "cluster":
        this.#goneClusters = gone;
        return [];
      case "endpoint":
        return gone.filter((name) => this.#subscriptions.cluster?.entry(name) === undefined);
      case "secret":
        // A client that no longer uses one says so, and Envoy takes no removal for one that it uses.
        return [];
      case "listener":
      case "route":
        // What replaces it may still wait.
        return isWhole ? gone : [];
    }
  }

  #retire(snapshot: Snapshot, out: Out): number {
    const { cluster: clusters, route: routes } = this.#subscriptions;
    if (clusters === undefined) return Number.POSITIVE_INFINITY;
    const gone = this.#goneClusters.filter((name) => !snapshot.resources.cluster.has(name));
    const { names, wakeAtMs } = this.#retirement.due(gone, { routes, inUse: this.#inUse, nowMs: out.nowMs });
    if (names.length > 0) {
      const leaving = new Set(names);
      this.#goneClusters = gone.filter((name) => !leaving.has(name));
      this.#send(clusters, { resources: [], removed: names, unknown: [], isWhole: true }, out);
    }
    return wakeAtMs;
  }

  #send(subscription: Subscription, content: Content, { nowMs, responses }: Out): void {
    const resources = new Map(content.resources.map((resource) => [resource.name, resource]));
    const standIns = new Map<string, XdsResource>();
    const removed = new Set(content.removed);
    for (const name of content.unknown) this.#answerUnknown(subscription, name, { standIns, removed });
    const batches = subscription.batches([...resources.keys(), ...standIns.keys(), ...removed]);
    const owed = subscription.owesAnswer && content.isWhole && batches.length === 0;
    for (const batch of owed ? [[]] : batches) {
      const order = ++this.#order;
      const sending = {
        nonce: `${this.#options.noncePrefix}${order}`,
        order,
        sentAtMs: nowMs,
        since: subscription.unsentSince ?? this.#snapshot?.sequence ?? 0,
        resources: select(resources, batch),
        standIns: select(standIns, batch),
        removed: batch.filter((name) => removed.has(name)),
      };
      responses.push(subscription.send(sending));
      if (subscription.type === "cluster") this.#rewarm(sending.resources, sending.since);
    }
  }

  /** Never silence: the client may wait for the answer. */
  #answerUnknown(subscription: Subscription, name: string, into: UnknownAnswers): void {
    if (subscription.type !== "endpoint") into.removed.add(name);
    else into.standIns.set(name, emptyAssignment(name));
  }

  /**
   * A cluster that is sent warms until its assignment comes, also where the client has the assignment already and so
   * does not ask for it. https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#resource-warming
   */
  #rewarm(clusters: readonly XdsResource[], since: number): void {
    const endpoints = this.#subscriptions.endpoint;
    if (endpoints === undefined || clusters.length === 0) return;
    for (const { needs } of clusters) for (const name of needs) endpoints.sendAgain(name);
    this.#dirty.add("endpoint");
    endpoints.waitsSince(since);
  }

  #nextPresumption(): number {
    let atMs = Number.POSITIVE_INFINITY;
    if (this.#goneClusters.length === 0) return atMs;
    for (const sent of this.#subscriptions.route?.outstanding.values() ?? []) {
      if (!sent.presumed) atMs = Math.min(atMs, sent.sentAtMs + this.#options.gateLimitMs);
    }
    return atMs;
  }
}

interface Out {
  readonly nowMs: number;
  readonly responses: DeltaResponse[];
}

interface Content {
  readonly resources: readonly XdsResource[];
  readonly removed: readonly string[];
  readonly unknown: readonly string[];
  /** Nothing of the type had to wait. */
  readonly isWhole: boolean;
}

interface UnknownAnswers {
  readonly standIns: Map<string, XdsResource>;
  readonly removed: Set<string>;
}

function select(from: ReadonlyMap<string, XdsResource>, names: readonly string[]): readonly XdsResource[] {
  return names.flatMap((name) => from.get(name) ?? []);
}
