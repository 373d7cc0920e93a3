import type { ResourceType, XdsResource } from "../../src/xds/snapshot.ts";
import type { DeltaRequest, DeltaResponse } from "../../src/xds/stream/messages.ts";

export interface ClientOptions {
  /** Refuses a response, as a whole, that contains such a resource. */
  readonly refuses?: (type: ResourceType, resource: XdsResource) => string | undefined;
}

/**
 * The client's half of the protocol, as Envoy keeps it: clusters and listeners by wildcard, an assignment and a route
 * configuration for each name that they need, one answer per response.
 */
export class XdsClient {
  readonly held: Record<ResourceType, Map<string, XdsResource>> = {
    cluster: new Map(),
    endpoint: new Map(),
    listener: new Map(),
    route: new Map(),
  };
  readonly #names = { endpoint: new Set<string>(), route: new Set<string>() };
  readonly #options: ClientOptions;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
  }

  /** The first requests of a stream: all types at once, each with what is held. */
  connect(): readonly DeltaRequest[] {
    const first = (type: ResourceType, subscribe: readonly string[]): DeltaRequest => ({
      type,
      subscribe,
      unsubscribe: [],
      initialVersions: new Map([...this.held[type].values()].map(({ name, version }) => [name, version])),
      nonce: "",
    });
    const requests = [first("cluster", []), first("listener", [])];
    for (const type of ["endpoint", "route"] as const) {
      if (this.#names[type].size > 0) requests.push(first(type, [...this.#names[type]]));
    }
    return requests;
  }

  /** Applies a response and returns what the client says: its answer, then what it asks for or no longer needs. */
  receive(response: DeltaResponse): readonly DeltaRequest[] {
    const { type, nonce } = response;
    const refusal = response.resources.map((resource) => this.#options.refuses?.(type, resource)).find(Boolean);
    if (refusal !== undefined) return [{ ...answer(type, nonce), refusal }];
    for (const resource of response.resources) this.held[type].set(resource.name, resource);
    for (const name of response.removed) this.held[type].delete(name);
    if (type === "cluster") return [answer(type, nonce), ...this.#follow("endpoint", "cluster")];
    if (type === "listener") return [answer(type, nonce), ...this.#follow("route", "listener")];
    return [answer(type, nonce)];
  }

  #follow(used: "endpoint" | "route", user: ResourceType): readonly DeltaRequest[] {
    const wanted = new Set([...this.held[user].values()].flatMap((resource) => resource.needs));
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
