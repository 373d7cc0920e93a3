import { KubeError, type KubeObject, type KubeResource, type Selection } from "../../src/kube/api.ts";

export interface Stored {
  readonly resource: string;
  readonly version: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
}

/** What an API server keeps: the latest of each object, and what happened since the last compaction. */
export class FakeObjects {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  #history: Stored[] = [];
  #version = 100;
  #uids = 0;
  /** Of what is forgotten: older versions are too old. */
  #compacted = 0;

  get version(): number {
    return this.#version;
  }

  get(resource: KubeResource, key: string): KubeObject | undefined {
    return this.#of(resource).get(key);
  }

  list(resource: KubeResource, selection: Selection): readonly KubeObject[] {
    return [...this.#of(resource)]
      .filter(([, object]) => isSelected(object, selection))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, object]) => object);
  }

  /** Throws where `resourceVersion` has been compacted. */
  since(resource: KubeResource, resourceVersion: string): readonly Stored[] {
    if (Number(resourceVersion) < this.#compacted)
      throw new KubeError(`too old resource version: ${resourceVersion} (${this.#compacted})`, 410, "Expired");
    return this.#history.filter(
      (stored) => stored.resource === kindKey(resource) && stored.version > Number(resourceVersion),
    );
  }

  compact(): void {
    this.#version++;
    this.#compacted = this.#version;
    this.#history = [];
  }

  /** As it comes, but for what the server counts; unchanged content keeps its version. */
  put(resource: KubeResource, object: KubeObject): Stored | undefined {
    const key = objectKey(object);
    const before = this.#of(resource).get(key);
    const { resourceVersion: _, ...metadata } = object.metadata;
    const kept = {
      ...object,
      metadata: {
        ...metadata,
        uid: before?.metadata.uid ?? metadata.uid ?? `uid-${++this.#uids}`,
        generation: generationOf(before, object),
      },
    };
    if (before !== undefined && sameText(without(before), kept)) return undefined;
    return this.#keep(resource, before === undefined ? "ADDED" : "MODIFIED", kept);
  }

  remove(resource: KubeResource, key: string): Stored | undefined {
    const before = this.#of(resource).get(key);
    return before === undefined ? undefined : this.#keep(resource, "DELETED", before);
  }

  #keep(resource: KubeResource, type: Stored["type"], object: KubeObject): Stored {
    const version = ++this.#version;
    const kept = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    if (type === "DELETED") this.#of(resource).delete(objectKey(object));
    else this.#of(resource).set(objectKey(object), kept);
    const stored = { resource: kindKey(resource), version, type, object: kept };
    this.#history.push(stored);
    return stored;
  }

  #of(resource: KubeResource): Map<string, KubeObject> {
    const key = kindKey(resource);
    const objects = this.#objects.get(key) ?? new Map<string, KubeObject>();
    this.#objects.set(key, objects);
    return objects;
  }
}

/** All versions of a kind are views of the same objects. */
export function kindKey({ group, plural }: KubeResource): string {
  return `${plural}.${group}`;
}

export function objectKey({ metadata: { namespace = "", name } }: KubeObject): string {
  return `${namespace}/${name}`;
}

/** Labels and fields by "a=b" and "a!=b"; of fields metadata.name, metadata.namespace and type. */
export function isSelected(object: KubeObject, { namespace, labelSelector, fieldSelector }: Selection): boolean {
  const { metadata } = object;
  const fields = { "metadata.name": metadata.name, "metadata.namespace": metadata.namespace, type: object["type"] };
  return (
    (namespace === undefined || metadata.namespace === namespace) &&
    matches(labelSelector, metadata.labels ?? {}) &&
    matches(fieldSelector, fields)
  );
}

function matches(selector: string | undefined, values: Readonly<Record<string, unknown>>): boolean {
  if (selector === undefined || selector === "") return true;
  return selector.split(",").every((term) => {
    const [name = "", wanted = ""] = term.split(/!?=/);
    return term.includes("!=") ? values[name] !== wanted : values[name] === wanted;
  });
}

function generationOf(before: KubeObject | undefined, after: KubeObject): number {
  if (before === undefined) return after.metadata.generation ?? 1;
  const generation = before.metadata.generation ?? 1;
  return sameText(before["spec"], after["spec"]) ? generation : generation + 1;
}

function without(object: KubeObject): KubeObject {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function sameText(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
