import { type ResourceType, resourceTypes, type XdsResource } from "../../src/xds/snapshot.ts";
import type { DeltaRequest, DeltaResponse } from "../../src/xds/stream/messages.ts";

export interface ClientOptions {
  /** Refuses a response, as a whole, that contains such a resource. */
  readonly refuses?: (type: ResourceType, resource: XdsResource) => string | undefined;
}

/**
 * The client's half of the protocol, as Envoy keeps it: clusters and listeners by wildcard, an assignment, a secret and a
 * route configuration for each name that they need, one answer per response.
 */
export class XdsClient {
  readonly held: Record<ResourceType, Map<string, XdsResource>> = {
    cluster: new Map(),
    endpoint: new Map(),
    secret: new Map(),
    listener: new Map(),
    route: new Map(),
  };
  /** Names whose version the client would report: not those that came in a response which it refused in part. */
  readonly #recorded = new Set<string>();
  readonly #names = { endpoint: new Set<string>(), secret: new Set<string>(), route: new Set<string>() };
  readonly #options: ClientOptions;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
  }

  /** The first requests of a stream: all types at once, each with what is held. */
  connect(): readonly DeltaRequest[] {
    for (const type of resourceTypes) {
      for (const name of this.held[type].keys())
        if (!this.#recorded.has(`${type}/${name}`)) this.held[type].delete(name);
    }
    const first = (type: ResourceType, subscribe: readonly string[]): DeltaRequest => ({
      type,
      subscribe,
      unsubscribe: [],
      initialVersions: new Map([...this.held[type].values()].map(({ name, version }) => [name, version])),
      nonce: "",
    });
    const requests = [first("cluster", []), first("listener", [])];
    for (const type of ["endpoint", "secret", "route"] as const) {
      if (this.#names[type].size > 0) requests.push(first(type, [...this.#names[type]]));
    }
    return requests;
  }

  /** Applies a response and returns what the client says: its answer, then what it asks for or no longer needs. */
  receive(response: DeltaResponse): readonly DeltaRequest[] {
    const { type, nonce } = response;
    const refused = response.resources.filter((resource) => this.#options.refuses?.(type, resource) !== undefined);
    // As Envoy does: clusters and listeners are taken one by one, of the other types nothing.
    const isPartial = type === "cluster" || type === "listener";
    for (const resource of response.resources) {
      if (refused.length > 0 && (!isPartial || refused.includes(resource))) continue;
      // What it no longer asks for nobody there waits for, although it was on its way.
      if (!this.#isAskedFor(type, resource.name)) continue;
      this.held[type].set(resource.name, resource);
      if (refused.length === 0) this.#recorded.add(`${type}/${resource.name}`);
    }
    const [bad] = refused;
    if (bad !== undefined) {
      const refusal = this.#options.refuses?.(type, bad) ?? "";
      return [{ ...answer(type, nonce), refusal }, ...this.#followUsers(type)];
    }
    for (const name of response.removed) this.held[type].delete(name);
    return [answer(type, nonce), ...this.#followUsers(type)];
  }

  #isAskedFor(type: ResourceType, name: string): boolean {
    return type === "cluster" || type === "listener" || this.#names[type].has(name);
  }

  #followUsers(type: ResourceType): readonly DeltaRequest[] {
    if (type === "cluster") return this.#follow("endpoint", "cluster");
    return type === "listener" ? [...this.#follow("secret", "listener"), ...this.#follow("route", "listener")] : [];
  }

  #follow(used: "endpoint" | "secret" | "route", user: ResourceType): readonly DeltaRequest[] {
    const wanted = new Set(
      [...this.held[user].values()].flatMap(({ needs, secrets = [] }) => (used === "secret" ? secrets : needs)),
    );
    const names = this.#names[used];
    const subscribe = [...wanted].filter((name) => !names.has(name));
    const unsubscribe = [...names].filter((name) => !wanted.has(name));
    for (const name of subscribe) names.add(name);
    for (const name of unsubscribe) {
      names.delete(name);
      this.held[used].delete(name);
    }
    if (subscribe.length + unsubscribe.length === 0) return [];
    return [{ ...answer(used, ""), subscribe, unsubscribe }];
  }
}

export function answer(type: ResourceType, nonce: string): DeltaRequest {
  return { type, nonce, subscribe: [], unsubscribe: [], initialVersions: new Map() };
}
