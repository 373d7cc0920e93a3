/**
 * One client's subscription to one resource type: which names, what the client has of them, which responses it has
 * not answered. Reads requests and a type's resources, produces what is missing; knows no order between types, no
 * socket, no clock. Owned by the stream.
 *
 *   request --> names, answers --> missing(resources) --> send() --> request (ACK, NACK) ...
 */
import type { ResourceType, XdsResource } from "../snapshot.ts";
import { absent, type Delivery, type Entry, type Outstanding, type Refusal } from "./delivery.ts";
import type { Answer, DeltaRequest, DeltaResponse } from "./messages.ts";

export interface Missing {
  /** To be sent, whether new, changed or asked for again. */
  readonly changed: readonly XdsResource[];
  /** The client has it, and it exists no more. */
  readonly gone: readonly string[];
  /** Asked for by name, does not exist, and the client was not told yet. */
  readonly unknown: readonly string[];
}

export interface Sending {
  readonly nonce: string;
  readonly order: number;
  readonly sentAtMs: number;
  readonly since: number;
  readonly resources: readonly XdsResource[];
  readonly removed: readonly string[];
  /** Stand-ins for names that do not exist: sent as resources, remembered as absent. */
  readonly standIns: readonly XdsResource[];
}

export class Subscription {
  readonly type: ResourceType;
  /** First snapshot of which something has not been sent; undefined when all has. */
  unsentSince: number | undefined;
  /** The client waits for a first answer even if there is nothing to say. */
  owesAnswer: boolean;
  #wildcard: boolean;
  readonly #names = new Set<string>();
  readonly #entries = new Map<string, Entry>();
  readonly #again = new Set<string>();
  readonly #refused = new Map<string, Refusal>();
  readonly #outstanding = new Map<string, Outstanding>();
  /** Halves of refused responses, to be sent apart until what was refused stands alone. */
  #halves: (readonly string[])[] = [];

  /** https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#how-the-client-specifies-what-resources-to-return */
  constructor(first: DeltaRequest) {
    this.type = first.type;
    const mayBeImplicit = first.type === "cluster" || first.type === "listener";
    this.#wildcard = first.subscribe.includes("*") || (mayBeImplicit && first.subscribe.length === 0);
    for (const name of first.subscribe) if (name !== "*") this.#names.add(name);
    // Versions that the client holds, not names that it asks for.
    for (const [name, version] of first.initialVersions) {
      if (version === absent || !this.covers(name)) continue;
      const held = { version, order: 0, resource: undefined };
      this.#entries.set(name, { sent: held, acked: held, running: held, isPartial: false });
    }
    this.owesAnswer = this.#wildcard && this.#entries.size === 0;
  }

  covers(name: string): boolean {
    return this.#wildcard || this.#names.has(name);
  }

  entry(name: string): Readonly<Entry> | undefined {
    return this.#entries.get(name);
  }

  get entries(): ReadonlyMap<string, Readonly<Entry>> {
    return this.#entries;
  }

  get outstanding(): ReadonlyMap<string, Outstanding> {
    return this.#outstanding;
  }

  get refused(): ReadonlyMap<string, Refusal> {
    return this.#refused;
  }

  /** Refusals of versions that are still wanted. */
  refusedIn(resources: ReadonlyMap<string, XdsResource>): readonly Refusal[] {
    const wanted: Refusal[] = [];
    for (const [name, refusal] of this.#refused) {
      if (resources.get(name)?.version === refusal.delivery.version) wanted.push(refusal);
    }
    return wanted;
  }

  /** Whether names were added or taken away. A change may ride on an ACK, and counts whatever nonce it carries. */
  resubscribe(request: DeltaRequest): boolean {
    for (const name of request.unsubscribe) this.#unsubscribe(name);
    for (const name of request.subscribe) this.#subscribe(name);
    return request.subscribe.length + request.unsubscribe.length > 0;
  }

  /** Something of snapshot `sequence` is to be sent. */
  waitsSince(sequence: number): void {
    this.unsentSince = Math.min(this.unsentSince ?? sequence, sequence);
  }

  /** The name must be sent even if the client has this version. */
  sendAgain(name: string): void {
    if (this.covers(name)) this.#again.add(name);
  }

  /** Takes an ACK or NACK; a nonce that is not outstanding answers nothing. */
  answer(request: DeltaRequest): Answer | undefined {
    const sent = this.#outstanding.get(request.nonce);
    if (sent === undefined) return undefined;
    this.#outstanding.delete(request.nonce);
    const { refusal } = request;
    if (refusal === undefined) for (const [name, delivery] of sent.deliveries) this.#accept(name, delivery);
    else this.#refuse(sent, refusal);
    return {
      type: this.type,
      accepted: refusal === undefined,
      text: refusal ?? "",
      names: [...sent.deliveries.keys()],
      sentAtMs: sent.sentAtMs,
    };
  }

  missing(resources: ReadonlyMap<string, XdsResource>): Missing {
    const changed: XdsResource[] = [];
    const gone: string[] = [];
    const unknown: string[] = [];
    for (const resource of this.#wildcard ? resources.values() : pick(resources, this.#names)) {
      if (this.#isDue(resource)) changed.push(resource);
    }
    for (const name of this.#names) {
      if (!resources.has(name) && !this.#has(name) && this.#isUntold(name)) unknown.push(name);
    }
    for (const [name, entry] of this.#entries) {
      if (resources.has(name) || !this.#has(name)) continue;
      gone.push(name);
      if (this.#again.delete(name) && this.#outlivesSnapshot && entry.running?.resource)
        changed.push(entry.running.resource);
    }
    return { changed, gone, unknown };
  }

  /**
   * Splits names into the responses that they go in: halves of what was refused each alone, all else together. Each
   * secret goes alone from the start: Envoy takes one that it has refused when it comes a second time, and does nothing
   * with it, so that sending it again tells nothing.
   */
  batches(names: readonly string[]): readonly (readonly string[])[] {
    if (this.type === "secret") return names.map((name) => [name]);
    if (this.#halves.length === 0) return names.length === 0 ? [] : [names];
    const rest = new Set(names);
    const batches = this.#halves.map((half) => half.filter((name) => rest.delete(name)));
    this.#halves = [];
    return [...batches, [...rest]].filter((batch) => batch.length > 0);
  }

  send(sending: Sending): DeltaResponse {
    const { nonce, order, sentAtMs, since } = sending;
    const deliveries = new Map<string, Delivery>();
    for (const resource of sending.resources) {
      deliveries.set(resource.name, { version: resource.version, order, resource });
    }
    for (const name of [...sending.removed, ...sending.standIns.map((standIn) => standIn.name)]) {
      deliveries.set(name, { version: absent, order, resource: undefined });
    }
    for (const [name, delivery] of deliveries) {
      const entry = this.#entries.get(name);
      if (entry === undefined)
        this.#entries.set(name, { sent: delivery, acked: undefined, running: undefined, isPartial: false });
      else entry.sent = delivery;
      this.#again.delete(name);
      this.#refused.delete(name);
    }
    this.#outstanding.set(nonce, { order, sentAtMs, since, deliveries, presumed: false });
    this.owesAnswer = false;
    return { type: this.type, nonce, resources: [...sending.resources, ...sending.standIns], removed: sending.removed };
  }

  /** Counts what was sent before `untilMs` and is not answered as applied. */
  presume(untilMs: number): void {
    for (const sent of this.#outstanding.values()) {
      if (sent.presumed || sent.sentAtMs > untilMs) continue;
      sent.presumed = true;
      for (const [name, delivery] of sent.deliveries) {
        const entry = this.#entries.get(name);
        if (entry !== undefined && isNewer(delivery, entry.running)) entry.running = delivery;
      }
    }
  }

  #subscribe(name: string): void {
    if (name === "*") {
      this.#wildcard = true;
      this.owesAnswer = true;
      for (const known of this.#entries.keys()) this.#again.add(known);
      return;
    }
    this.#names.add(name);
    this.#again.add(name);
  }

  #unsubscribe(name: string): void {
    if (name === "*") {
      this.#wildcard = false;
      for (const known of this.#entries.keys()) if (!this.#names.has(known)) this.#forget(known);
      return;
    }
    this.#names.delete(name);
    // The wildcard still covers the name, but the client may have dropped it.
    if (this.#wildcard) this.#again.add(name);
    else this.#forget(name);
  }

  #forget(name: string): void {
    this.#entries.delete(name);
    this.#again.delete(name);
    this.#refused.delete(name);
  }

  #accept(name: string, delivery: Delivery): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    if (isNewer(delivery, entry.acked)) entry.acked = delivery;
    if (isNewer(delivery, entry.running)) entry.running = delivery;
    const isGone = delivery.version === absent && entry.sent === delivery;
    if (isGone && !this.#names.has(name)) this.#forget(name);
  }

  /** A refused response may be partly applied, and its text names one failure only: so its contents are sent apart. */
  #refuse(sent: Outstanding, text: string): void {
    const names = [...sent.deliveries.keys()];
    for (const [name, delivery] of sent.deliveries) {
      const entry = this.#entries.get(name);
      if (entry === undefined) continue;
      if (names.length === 1 && delivery.version === absent) {
        this.#accept(name, delivery);
        continue;
      }
      entry.isPartial ||= names.length > 1;
      if (entry.running === delivery) entry.running = entry.acked;
      if (entry.sent !== delivery) continue;
      entry.sent = undefined;
      if (names.length === 1) this.#refused.set(name, { delivery, text, since: sent.since });
    }
    if (names.length < 2) return;
    const middle = names.length >> 1;
    this.#halves.push(names.slice(0, middle), names.slice(middle));
    this.waitsSince(sent.since);
  }

  /** They are removed late, or with what uses them, so until then they may be asked for again. */
  get #outlivesSnapshot(): boolean {
    return this.type === "cluster" || this.type === "endpoint" || this.type === "secret";
  }

  /** Whether the client has, or may have, some version of the name. */
  #has(name: string): boolean {
    const entry = this.#entries.get(name);
    const last = entry?.sent ?? entry?.running;
    return last === undefined ? entry?.isPartial === true : last.version !== absent;
  }

  #isUntold(name: string): boolean {
    return this.#again.has(name) || this.#entries.get(name)?.sent === undefined;
  }

  #isDue(resource: XdsResource): boolean {
    if (this.#again.has(resource.name)) return true;
    const entry = this.#entries.get(resource.name);
    if (entry === undefined) return true;
    if (entry.sent === undefined) return this.#refused.get(resource.name)?.delivery.version !== resource.version;
    if (entry.sent.version !== resource.version) return true;
    if (entry.sent.resource === undefined) adopt(entry, resource);
    return false;
  }
}

/** The client holds a version from before this stream, and it is the one that we have. */
function adopt(entry: Entry, resource: XdsResource): void {
  const held = { version: resource.version, order: 0, resource };
  entry.sent = held;
  entry.acked = held;
  entry.running = held;
}

function isNewer(delivery: Delivery, than: Delivery | undefined): boolean {
  return than === undefined || delivery.order > than.order;
}

function* pick<T>(from: ReadonlyMap<string, T>, names: Iterable<string>): Generator<T> {
  for (const name of names) {
    const value = from.get(name);
    if (value !== undefined) yield value;
  }
}
