import {
  type ApplyOptions,
  type KubeApi,
  KubeError,
  type KubeName,
  type KubeObject,
  type KubeResource,
  type ListPage,
  type Selection,
  type WatchEvent,
} from "../../src/kube/api.ts";
import { FakeObjects, isSelected, kindKey, objectKey, type Stored } from "./fake-kube-objects.ts";

export interface FakeCall {
  readonly verb: "list" | "watch" | "get" | "create" | "replace" | "apply" | "patch" | "delete";
  readonly resource: KubeResource;
  /** "namespace/name"; of lists and watches the namespace or "". */
  readonly key: string;
  readonly subresource?: "status";
  /** What was sent. */
  readonly body?: unknown;
  readonly fieldManager?: string;
}

interface Watcher {
  readonly resource: KubeResource;
  readonly selection: Selection;
  readonly onEvent: (event: WatchEvent) => void;
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

/**
 * An API server in memory: resource versions, pages, watches, conflicts and compaction as Kubernetes has them.
 * Server-side apply is a deep merge that knows no owners. Nothing is validated or defaulted.
 */
export class FakeKube implements KubeApi {
  readonly namespace = "default";
  readonly server = "https://fake.invalid";
  readonly calls: FakeCall[] = [];
  /** What a call is refused with; undefined lets it pass. */
  refuse: (call: FakeCall) => Error | undefined = () => undefined;
  readonly #objects = new FakeObjects();
  readonly #watchers = new Set<Watcher>();
  readonly #missing = new Set<string>();

  // What the world does, seen from a test.

  /** Creates or changes, without a call. */
  put(resource: KubeResource, object: KubeObject): KubeObject {
    const stored = this.#objects.put(resource, object);
    this.#tell(stored);
    return stored?.object ?? this.read(resource, object.metadata);
  }

  remove(resource: KubeResource, name: { readonly namespace?: string; readonly name: string }): void {
    this.#tell(this.#objects.remove(resource, keyOf(name)));
  }

  /** Throws where there is none. */
  read(resource: KubeResource, name: { readonly namespace?: string; readonly name: string }): KubeObject {
    const object = this.#objects.get(resource, keyOf(name));
    if (object === undefined) throw notFound(resource, keyOf(name));
    return object;
  }

  all(resource: KubeResource): readonly KubeObject[] {
    return this.#objects.list(resource, {});
  }

  /** The kind in this one version has no CRD, until `install`. */
  uninstall(resource: KubeResource): void {
    this.#missing.add(versionKey(resource));
  }

  install(resource: KubeResource): void {
    this.#missing.delete(versionKey(resource));
  }

  /** History is forgotten: watches that run go on, older versions are refused with 410. */
  compact(): void {
    this.#objects.compact();
  }

  get watches(): number {
    return this.#watchers.size;
  }

  /** As after their time-out. */
  endWatches(): void {
    for (const watcher of [...this.#watchers]) watcher.end();
  }

  breakWatches(error: Error = new Error("socket hang up")): void {
    for (const watcher of [...this.#watchers]) watcher.fail(error);
  }

  /** To all watches of the kind, in place of what happens to objects. */
  send(resource: KubeResource, event: WatchEvent): void {
    for (const watcher of [...this.#watchers])
      if (kindKey(watcher.resource) === kindKey(resource)) watcher.onEvent(event);
  }

  bookmark(): void {
    for (const watcher of [...this.#watchers])
      watcher.onEvent({ type: "BOOKMARK", resourceVersion: String(this.#objects.version) });
  }

  // What callers ask.

  async list(
    resource: KubeResource,
    options: Selection & { readonly limit: number; readonly continueToken?: string },
  ): Promise<ListPage> {
    await this.#admit({ verb: "list", resource, key: options.namespace ?? "" });
    const [from = "0", version = String(this.#objects.version)] = (options.continueToken ?? "0").split("@");
    if (options.continueToken !== undefined) this.#objects.since(resource, version);
    const all = this.#objects.list(resource, options);
    const end = Number(from) + options.limit;
    return {
      items: all.slice(Number(from), end),
      resourceVersion: version,
      ...(end < all.length ? { continueToken: `${end}@${version}` } : {}),
    };
  }

  async watch(
    resource: KubeResource,
    options: Selection & {
      readonly resourceVersion: string;
      readonly timeoutSeconds: number;
      readonly signal: AbortSignal;
      readonly onEvent: (event: WatchEvent) => void;
    },
  ): Promise<void> {
    await this.#admit({ verb: "watch", resource, key: options.namespace ?? "" });
    const { signal, onEvent } = options;
    const past = this.#objects.since(resource, options.resourceVersion);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const watcher: Watcher = { resource, selection: options, onEvent, end: resolve, fail: reject };
    const abort = (): void => reject(signal.reason as Error);
    this.#watchers.add(watcher);
    for (const stored of past) tell(watcher, stored);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#watchers.delete(watcher);
    }
  }

  async get(resource: KubeResource, name: KubeName): Promise<KubeObject | undefined> {
    await this.#admit({ verb: "get", resource, key: keyOf(name) });
    return this.#objects.get(resource, keyOf(name));
  }

  async create(resource: KubeResource, object: KubeObject): Promise<KubeObject> {
    const key = objectKey(object);
    await this.#admit({ verb: "create", resource, key, body: object });
    if (this.#objects.get(resource, key) !== undefined)
      throw new KubeError(`${resource.plural} "${key}" already exists`, 409, "AlreadyExists");
    return this.put(resource, object);
  }

  async replace(resource: KubeResource, object: KubeObject): Promise<KubeObject> {
    const key = objectKey(object);
    await this.#admit({ verb: "replace", resource, key, body: object });
    this.#checkVersion(resource, key, object.metadata.resourceVersion);
    return this.put(resource, object);
  }

  async apply(resource: KubeResource, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const key = objectKey(object);
    const { subresource, fieldManager } = options;
    const sub = subresource === undefined ? {} : { subresource };
    await this.#admit({ verb: "apply", resource, key, body: object, fieldManager, ...sub });
    const before = this.#objects.get(resource, key);
    if (before === undefined && subresource !== undefined) throw notFound(resource, key);
    const merged = merge(before ?? {}, partOf(object, subresource)) as KubeObject;
    return this.put(resource, merged);
  }

  async mergePatch(
    resource: KubeResource,
    name: KubeName,
    patch: Readonly<Record<string, unknown>>,
    options: { readonly subresource?: "status"; readonly fieldManager?: string } = {},
  ): Promise<KubeObject> {
    const key = keyOf(name);
    await this.#admit({ verb: "patch", resource, key, body: patch, ...options });
    const metadata = patch["metadata"] as { readonly resourceVersion?: string } | undefined;
    const before = this.#checkVersion(resource, key, metadata?.resourceVersion);
    return this.put(resource, merge(before, partOf(patch, options.subresource)) as KubeObject);
  }

  async delete(resource: KubeResource, name: KubeName, options: { readonly uid?: string } = {}): Promise<void> {
    await this.#admit({ verb: "delete", resource, key: keyOf(name) });
    const before = this.#objects.get(resource, keyOf(name));
    if (options.uid === undefined || before?.metadata.uid === options.uid) this.remove(resource, name);
  }

  async #admit(call: FakeCall): Promise<void> {
    this.calls.push(call);
    await Promise.resolve();
    const error = this.refuse(call);
    if (error !== undefined) throw error;
    if (this.#missing.has(versionKey(call.resource)))
      throw new KubeError("the server could not find the requested resource", 404, "NotFound");
  }

  #checkVersion(resource: KubeResource, key: string, version: string | undefined): KubeObject {
    const before = this.#objects.get(resource, key);
    if (before === undefined) throw notFound(resource, key);
    if (version !== undefined && version !== before.metadata.resourceVersion)
      throw new KubeError(`Operation cannot be fulfilled on ${resource.plural} "${key}"`, 409, "Conflict");
    return before;
  }

  #tell(stored: Stored | undefined): void {
    if (stored === undefined) return;
    for (const watcher of [...this.#watchers]) tell(watcher, stored);
  }
}

function tell({ resource, selection, onEvent }: Watcher, { resource: kind, type, object }: Stored): void {
  if (kind === kindKey(resource) && isSelected(object, selection)) onEvent({ type, object });
}

function keyOf({ namespace = "", name }: { readonly namespace?: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

function versionKey({ group, version, plural }: KubeResource): string {
  return `${plural}.${version}.${group}`;
}

function notFound({ plural }: KubeResource, key: string): KubeError {
  return new KubeError(`${plural} "${key}" not found`, 404, "NotFound");
}

/** A write to the status changes nothing else, and the reverse. */
function partOf(body: Readonly<Record<string, unknown>>, subresource: "status" | undefined): Record<string, unknown> {
  const { status, ...others } = body;
  return subresource === "status" ? { status } : others;
}

/** JSON merge patch: https://www.rfc-editor.org/rfc/rfc7386 */
function merge(before: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: Record<string, unknown> = isRecord(before) ? { ...before } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = merge(merged[name], value);
  }
  return merged;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
