/**
 * The raw statuses of objects, as the API server has them: for who writes statuses, and beside the Store, since a
 * status changes nothing that the model reads.
 */
import type { KubeObject, KubeResource } from "../../kube/api.ts";
import { groupedKey, type ObjectRef } from "../../resources/object.ts";

export interface Observed {
  readonly resourceVersion: string;
  readonly uid: string;
  readonly generation: number;
  readonly status: unknown;
  /** The version of the kind that the server has. */
  readonly resource: KubeResource;
}

export interface ObservedStatuses {
  get(ref: ObjectRef): Observed | undefined;
  /** Called for each object whose version changed or that is gone; the result ends the subscription. */
  subscribe(listener: (ref: ObjectRef) => void): () => void;
}

export class ObservedTable implements ObservedStatuses {
  readonly #byRef = new Map<string, Observed>();
  readonly #listeners = new Set<(ref: ObjectRef) => void>();

  get(ref: ObjectRef): Observed | undefined {
    return this.#byRef.get(groupedKey(ref));
  }

  subscribe(listener: (ref: ObjectRef) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  put(ref: ObjectRef, object: KubeObject, resource: KubeResource): void {
    const { resourceVersion = "", uid = "", generation = 0 } = object.metadata;
    if (this.get(ref)?.resourceVersion === resourceVersion) return;
    this.#byRef.set(groupedKey(ref), { resourceVersion, uid, generation, status: object["status"], resource });
    this.#tell(ref);
  }

  remove(ref: ObjectRef): void {
    if (this.#byRef.delete(groupedKey(ref))) this.#tell(ref);
  }

  #tell(ref: ObjectRef): void {
    for (const listener of [...this.#listeners]) listener(ref);
  }
}
