import assert from "node:assert/strict";
import { type ResourceType, resourceTypes, type Snapshot, type XdsResource } from "../../src/xds/snapshot.ts";
import type { DeltaRequest, DeltaResponse } from "../../src/xds/stream/messages.ts";
import type { XdsClient } from "./xds-client.ts";

interface Sent {
  readonly resource: XdsResource;
  readonly order: number;
  isAcked: boolean;
}

/** Watches one stream from outside and fails at the first message that breaks make before break. */
export class XdsRules {
  readonly #gateLimitMs: number;
  readonly #last = new Map<string, Sent>();
  readonly #unanswered = new Map<string, readonly [string, Sent | undefined][]>();
  /** Since when a listener or route of the snapshot differs from what was sent. */
  readonly #dueSince = new Map<string, number>();
  /** Order of the newest assignment that was acknowledged. */
  readonly #assigned = new Map<string, number>();
  readonly #givenUp = new Set<string>();
  /** Secrets that were asked for on this stream. */
  readonly #askedSecrets = new Set<string>();
  #order = 0;

  constructor(gateLimitMs: number, client: XdsClient) {
    this.#gateLimitMs = gateLimitMs;
    for (const type of resourceTypes) {
      for (const resource of client.held[type].values()) {
        if (type === "endpoint") this.#assigned.set(resource.name, 0);
        this.#last.set(`${type}/${resource.name}`, { resource, order: 0, isAcked: true });
      }
    }
  }

  published(snapshot: Snapshot, nowMs: number): void {
    for (const type of ["listener", "route"] as const) {
      for (const { name, version } of snapshot.resources[type].values()) {
        const key = `${type}/${name}`;
        if (this.#last.get(key)?.resource.version === version) this.#dueSince.delete(key);
        else if (!this.#dueSince.has(key)) this.#dueSince.set(key, nowMs);
      }
    }
  }

  received({ type, nonce, subscribe, refusal }: DeltaRequest, nowMs: number): void {
    for (const name of subscribe) {
      this.#dueSince.set(`${type}/${name}`, nowMs);
      if (type === "secret") this.#askedSecrets.add(name);
    }
    for (const [name, sent] of this.#unanswered.get(nonce) ?? []) {
      if (sent === undefined || refusal !== undefined) continue;
      sent.isAcked = true;
      if (type === "endpoint") this.#assigned.set(name, sent.order);
    }
    this.#unanswered.delete(nonce);
  }

  sent(
    response: DeltaResponse,
    view: { snapshot: Snapshot; inUse: ReadonlySet<string>; client: XdsClient; nowMs: number },
  ): void {
    const { type, nonce, resources, removed } = response;
    const order = ++this.#order;
    if (type === "cluster") for (const name of removed) this.#checkRemoval(name, view);
    if (type === "secret") for (const name of removed) this.#checkSecretRemoval(name, view.client);
    const content: [string, Sent | undefined][] = [];
    for (const name of removed) {
      this.#last.delete(`${type}/${name}`);
      content.push([name, undefined]);
    }
    for (const resource of resources) {
      const sent = { resource, order, isAcked: false };
      this.#last.set(`${type}/${resource.name}`, sent);
      content.push([resource.name, sent]);
      if (type === "listener" || type === "route") this.#checkNeeds(type, resource, view);
      if (type === "listener") this.#checkSecrets(resource, view);
    }
    this.#unanswered.set(nonce, content);
  }

  /** Every cluster is sent; and it is acknowledged with its endpoints, unless it was waited for in vain. */
  #checkNeeds(
    type: "listener" | "route",
    resource: XdsResource,
    { snapshot, nowMs }: { snapshot: Snapshot; nowMs: number },
  ): void {
    const key = `${type}/${resource.name}`;
    const sinceMs = this.#dueSince.get(key) ?? nowMs;
    const routes =
      type === "route" ? [resource] : resource.needs.flatMap((name) => snapshot.resources.route.get(name) ?? []);
    for (const name of routes.flatMap(({ needs }) => needs)) {
      const cluster = this.#last.get(`cluster/${name}`);
      assert.ok(cluster, `${key} names cluster ${name}, which the client has`);
      const isReady = cluster.isAcked && (this.#assigned.get(name) ?? -1) >= cluster.order;
      const given = `${name}@${cluster.resource.version}`;
      if (isReady || this.#givenUp.has(given)) continue;
      assert.ok(nowMs - sinceMs >= this.#gateLimitMs, `${key} waits for cluster ${name}`);
      this.#givenUp.add(given);
    }
    this.#dueSince.delete(key);
  }

  /** A secret that the client has asked for and has is sent in the version of the snapshot before a listener that uses it. */
  #checkSecrets(
    { name, secrets = [] }: XdsResource,
    { snapshot, client }: { snapshot: Snapshot; client: XdsClient },
  ): void {
    for (const used of secrets) {
      if (!this.#askedSecrets.has(used) || !client.held.secret.has(used)) continue;
      const version = this.#last.get(`secret/${used}`)?.resource.version;
      const wanted = snapshot.resources.secret.get(used)?.version;
      assert.equal(version, wanted, `secret ${used} is sent before listener ${name}`);
    }
  }

  #checkSecretRemoval(name: string, client: XdsClient): void {
    assert.ok(!client.held.secret.has(name), `removed secret ${name} is not one that the client has`);
  }

  #checkRemoval(
    name: string,
    { snapshot, inUse, client }: { snapshot: Snapshot; inUse: ReadonlySet<string>; client: XdsClient },
  ): void {
    if (!this.#last.has(`cluster/${name}`)) return;
    assert.ok(!inUse.has(name), `removed cluster ${name} is not in use`);
    assert.ok(!snapshot.resources.cluster.has(name), `removed cluster ${name} is not in the snapshot`);
    for (const route of client.held.route.values()) {
      const successor = this.#last.get(`route/${route.name}`);
      const isReplaced = successor === undefined || successor.resource.version !== route.version;
      assert.ok(
        isReplaced || !route.needs.includes(name),
        `no route that the client keeps names removed cluster ${name}`,
      );
    }
  }
}

/** What the client holds is what the snapshot has, refused resources and those that only they keep alive aside. */
export function assertHeld(
  client: XdsClient,
  snapshot: Snapshot,
  exempt: { isRefused(resource: XdsResource): boolean; isKept(name: string): boolean },
): void {
  const users: Partial<Record<ResourceType, ResourceType>> = {
    endpoint: "cluster",
    secret: "listener",
    route: "listener",
  };
  for (const type of resourceTypes) {
    const wanted = snapshot.resources[type];
    const held = client.held[type];
    const user = users[type];
    const isAskedFor = (name: string): boolean =>
      user === undefined ||
      [...client.held[user].values()].some(({ needs, secrets = [] }) =>
        (type === "secret" ? secrets : needs).includes(name),
      );
    for (const name of held.keys()) {
      assert.ok(
        wanted.has(name) || !isAskedFor(name) || exempt.isKept(name),
        `${type} ${name} does not outlive its snapshot`,
      );
    }
    for (const [name, resource] of wanted) {
      if (exempt.isRefused(resource) || !isAskedFor(name)) continue;
      assert.equal(held.get(name)?.version, resource.version, `${type} ${name} is held as it is in the snapshot`);
    }
  }
}
