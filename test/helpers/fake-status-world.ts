/** An API server of statuses without a server: objects with versions, writers, and answers that a test holds back. */
import { type KubeApi, KubeError, type KubeObject } from "../../src/kube/api.ts";
import type { Json } from "../../src/lib/json.ts";
import { mergePatch } from "../../src/lib/merge-patch.ts";
import type { ObjectRef } from "../../src/resources/object.ts";
import type { ObservedObject, ObservedObjects } from "../../src/status/write/observed.ts";

type PatchArguments = Parameters<KubeApi["mergePatch"]>;

interface Held {
  readonly key: string;
  readonly go: () => void;
}

export class FakeStatusWorld {
  readonly patches: { readonly key: string; readonly body: PatchArguments[2] }[] = [];
  /** Answers wait until `release`. */
  holdAnswers = false;
  /** The watch shows nothing until `showAll`. */
  holdWatch = false;
  /** Instead of an answer. */
  fail: ((key: string) => Error | undefined) | undefined;
  readonly #objects = new Map<string, ObservedObject>();
  readonly #shown = new Map<string, ObservedObject>();
  readonly #refs = new Map<string, ObjectRef>();
  readonly #listeners = new Set<(ref: ObjectRef) => void>();
  readonly #held: Held[] = [];
  #version = 0;

  readonly api: Pick<KubeApi, "mergePatch"> = {
    mergePatch: (resource, name, body) => this.#patch(`${resource.kind}/${name.namespace}/${name.name}`, body),
  };

  readonly observed: ObservedObjects = {
    get: (ref) => this.#shown.get(keyOf(ref)),
    subscribe: (onChange) => {
      this.#listeners.add(onChange);
      return () => this.#listeners.delete(onChange);
    },
  };

  put(ref: ObjectRef, status?: unknown, uid = `uid of ${keyOf(ref)}`): void {
    const key = keyOf(ref);
    const resource = { group: ref.group, version: "v1", kind: ref.kind, plural: "", scope: "Namespaced" } as const;
    this.#refs.set(key, ref);
    this.#objects.set(key, { uid, resourceVersion: String(++this.#version), status, resource });
    this.#show(key);
  }

  /** Only the server knows yet. */
  remove(ref: ObjectRef): void {
    this.#objects.delete(keyOf(ref));
  }

  status(ref: ObjectRef): unknown {
    return this.#objects.get(keyOf(ref))?.status;
  }

  get heldAnswers(): readonly string[] {
    return this.#held.map(({ key }) => key);
  }

  release(): void {
    for (const { go } of this.#held.splice(0)) go();
  }

  showAll(): void {
    this.holdWatch = false;
    for (const key of this.#objects.keys()) this.#show(key);
  }

  #show(key: string): void {
    const object = this.#objects.get(key);
    const ref = this.#refs.get(key);
    if (this.holdWatch || object === undefined || ref === undefined) return;
    this.#shown.set(key, object);
    for (const listener of this.#listeners) listener(ref);
  }

  async #patch(key: string, body: PatchArguments[2]): Promise<KubeObject> {
    this.patches.push({ key, body });
    if (this.holdAnswers) await new Promise<void>((go) => this.#held.push({ key, go }));
    const error = this.fail?.(key);
    if (error !== undefined) throw error;
    const before = this.#objects.get(key);
    if (before === undefined) throw new KubeError(`${key} not found`, 404, "NotFound");
    const { resourceVersion } = body["metadata"] as { readonly resourceVersion: string };
    if (resourceVersion !== before.resourceVersion) throw new KubeError(`${key} was modified`, 409, "Conflict");
    const status = mergePatch(before.status as Json, body["status"] as Json);
    const after = { ...before, status, resourceVersion: String(++this.#version) };
    this.#objects.set(key, after);
    this.#show(key);
    const { uid } = after;
    return { apiVersion: "", kind: "", metadata: { name: "", uid, resourceVersion: after.resourceVersion }, status };
  }
}

function keyOf({ kind, namespace, name }: ObjectRef): string {
  return `${kind}/${namespace}/${name}`;
}
