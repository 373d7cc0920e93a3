/**
 * What all sources have admitted, as the latest value. Sources put and remove objects in batches; readers watch two
 * values, so that a change of Pods or EndpointSlices leaves the configuration the identical object, and the reverse.
 *
 *   sources --put, remove--> Store --> configuration (ResourceSet), endpoints (EndpointResources), synced
 */
import { type Watchable, WatchableValue } from "../lib/watchable.ts";
import type { Resource } from "../resources/admit.ts";
import { parseFieldPath } from "../resources/field-path.ts";
import { findKind } from "../resources/kind-table.ts";
import { nameKey, storeKey } from "../resources/references.ts";
import type { EndpointResources, ResourceSet } from "../resources/resource-set.ts";
import type { Location, Place } from "./location.ts";

export type Change =
  | {
      readonly type: "put";
      readonly object: Resource;
      /** "count": the store counts changes of spec, from 1. "keep": as the object says. */
      readonly generation: "count" | "keep";
      readonly location?: Location;
    }
  /** As references.ts makes keys. */
  | { readonly type: "remove"; readonly key: string };

export interface Outcome {
  readonly key: string;
  readonly effect: "added" | "changed" | "unchanged" | "removed";
  /** The instance that is kept; of a removed object the last one. */
  readonly object: Resource;
}

type Collections = ResourceSet & EndpointResources;
type CollectionName = keyof Collections;

interface Entry {
  readonly object: Resource;
  /** Equal content, equal text; without the generation. */
  readonly content: string;
  readonly location: Location | undefined;
}

export class Store {
  readonly #configuration = new WatchableValue<ResourceSet>(noConfiguration);
  readonly #endpoints = new WatchableValue<EndpointResources>(noEndpoints);
  readonly #synced = new WatchableValue(false);
  readonly #entries = new Map<string, Entry>();
  readonly #unsynced = new Set<string>();

  get configuration(): Watchable<ResourceSet> {
    return this.#configuration;
  }

  get endpoints(): Watchable<EndpointResources> {
    return this.#endpoints;
  }

  /** Every announced source has delivered all that it had. */
  get synced(): Watchable<boolean> {
    return this.#synced;
  }

  /** Before a source starts: until its `sourceSynced` the store is not synced. */
  announceSource(name: string): void {
    this.#unsynced.add(name);
    this.#synced.set(false);
  }

  sourceSynced(name: string): void {
    this.#unsynced.delete(name);
    if (this.#unsynced.size === 0) this.#synced.set(true);
  }

  /** All changes become visible at once. */
  apply(changes: readonly Change[]): readonly Outcome[] {
    const outcomes = changes.flatMap((change) =>
      change.type === "put" ? this.#put(change) : this.#remove(change.key),
    );
    this.#publish(outcomes.filter((outcome) => outcome.effect !== "unchanged"));
    return outcomes;
  }

  get(key: string): Resource | undefined {
    return this.#entries.get(key)?.object;
  }

  /** Where a field of an object was written; the place of the nearest field around it where it was left out. */
  locate(
    ref: { readonly kind: string; readonly namespace: string; readonly name: string },
    fieldPath: string,
  ): Place | undefined {
    const plain = ref.namespace === "" ? ref.name : `${ref.namespace}/${ref.name}`;
    const keys = ref.kind === "InferencePool" ? [`v1/${plain}`, `v1alpha2/${plain}`] : [plain];
    for (const key of keys) {
      const location = this.#entries.get(`${ref.kind}/${key}`)?.location;
      if (location !== undefined) return { file: location.file, ...location.position(parseFieldPath(fieldPath)) };
    }
    return undefined;
  }

  #put({ object, generation, location }: Change & { readonly type: "put" }): Outcome {
    const key = storeKey(object);
    const known = this.#entries.get(key);
    const content = JSON.stringify(withGeneration(object, 0));
    const sameGeneration = generation === "count" || known?.object.metadata.generation === object.metadata.generation;
    if (known?.content === content && sameGeneration) {
      this.#entries.set(key, { ...known, location });
      return { key, effect: "unchanged", object: known.object };
    }
    const kept = generation === "keep" ? object : withGeneration(object, countGeneration(known?.object, object));
    this.#entries.set(key, { object: kept, content, location });
    return { key, effect: known === undefined ? "added" : "changed", object: kept };
  }

  #remove(key: string): readonly Outcome[] {
    const known = this.#entries.get(key);
    if (known === undefined) return [];
    this.#entries.delete(key);
    return [{ key, effect: "removed", object: known.object }];
  }

  #publish(outcomes: readonly Outcome[]): void {
    const changed = new Map<CollectionName, Map<string, Resource>>();
    for (const { object, effect } of outcomes) {
      const name = collectionOf(object);
      const objects = changed.get(name) ?? new Map<string, Resource>(this.#collection(name));
      changed.set(name, objects);
      if (effect === "removed") objects.delete(nameKey(object));
      else objects.set(nameKey(object), object);
    }
    const collections = [...changed];
    const endpoints = collections.filter(([name]) => name in noEndpoints);
    const configuration = collections.filter(([name]) => !(name in noEndpoints));
    // Who follows both knows by the first that what served a removed route goes with it, and not before it.
    if (configuration.length > 0)
      this.#configuration.set({ ...this.#configuration.get(), ...Object.fromEntries(configuration) });
    if (endpoints.length > 0) this.#endpoints.set({ ...this.#endpoints.get(), ...Object.fromEntries(endpoints) });
  }

  #collection(name: CollectionName): ReadonlyMap<string, Resource> {
    return { ...this.#configuration.get(), ...this.#endpoints.get() }[name];
  }
}

export const noConfiguration: ResourceSet = {
  gatewayClasses: new Map(),
  gateways: new Map(),
  httpRoutes: new Map(),
  namespaces: new Map(),
  services: new Map(),
  backendTrafficPolicies: new Map(),
  inferencePools: new Map(),
  inferenceModels: new Map(),
  inferenceObjectives: new Map(),
  inferenceModelRewrites: new Map(),
  referenceGrants: new Map(),
  secrets: new Map(),
  configMaps: new Map(),
  backends: new Map(),
  envoyProxies: new Map(),
};

export const noEndpoints: EndpointResources = { endpointSlices: new Map(), pods: new Map() };

function collectionOf(object: Resource): CollectionName {
  const kind = findKind(object.apiVersion, object.kind);
  if (kind === undefined) throw new Error(`Cannot keep ${storeKey(object)}: its kind is not declared`);
  return kind.collection;
}

function withGeneration(object: Resource, generation: number): Resource {
  return { ...object, metadata: { ...object.metadata, generation } };
}

/** Labels and annotations are no part of what a generation counts. */
function countGeneration(before: Resource | undefined, after: Resource): number {
  if (before === undefined) return 1;
  const { metadata: _before, ...was } = before;
  const { metadata: _after, ...is } = after;
  return JSON.stringify(was) === JSON.stringify(is) ? before.metadata.generation : before.metadata.generation + 1;
}
