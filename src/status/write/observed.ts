import type { KubeResource } from "../../kube/api.ts";
import type { ObjectRef } from "../../resources/object.ts";

/** Of one object of the API server, what decides about its status. */
export interface ObservedObject {
  readonly uid: string;
  readonly resourceVersion: string;
  /** As it came: others write it too. */
  readonly status: unknown;
  /** In the version that the server has. */
  readonly resource: KubeResource;
}

/** What a watch knows of the objects that have a status. */
export interface ObservedObjects {
  get(ref: ObjectRef): ObservedObject | undefined;
  /** Told of each change, and of the end, of one object; the result ends the subscription. */
  subscribe(onChange: (ref: ObjectRef) => void): () => void;
}
