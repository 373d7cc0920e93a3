import type { KubeApi, KubeObject, KubeResource } from "../../kube/api.ts";
import { startReflector } from "../../kube/reflector.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../observe/log.ts";
import { followedKinds, secretKind } from "./kinds.ts";
import { labelNames, managedBy } from "./labels.ts";
import { objectKey } from "./owners.ts";

export interface LiveObjectsOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly namespace: string;
  readonly onChange: () => void;
}

/** What exists of all Gateways' proxies, as the API server says. */
export interface LiveObjects {
  /** Every kind has been listed. */
  readonly isSynced: boolean;
  get(object: { readonly kind: string; readonly metadata: { readonly name: string } }): KubeObject | undefined;
  all(): readonly KubeObject[];
  /** What a write was answered with, before the watch says so. */
  note(object: KubeObject): void;
  stop(): Promise<void>;
}

export function followObjects(options: LiveObjectsOptions): LiveObjects {
  const objects = new Map<string, KubeObject>();
  const unlisted = new Set(followedKinds.map(({ kind }) => kind));
  const selection = { namespace: options.namespace, labelSelector: `${labelNames.managedBy}=${managedBy}` };
  const follow = (resource: KubeResource) => {
    const { kind } = resource;
    const keyOf = (name: string): string => `${kind}/${name.slice(name.indexOf("/") + 1)}`;
    return startReflector({
      ...options,
      resources: [resource],
      selection,
      onEvent(event) {
        if (event.type === "put") {
          for (const object of event.objects) objects.set(keyOf(object.metadata.name), kept(object, kind));
        } else if (event.type === "deleted") objects.delete(keyOf(event.name));
        else if (event.type === "listed") {
          const names = new Set([...event.names].map(keyOf));
          for (const key of objects.keys()) if (key.startsWith(`${kind}/`) && !names.has(key)) objects.delete(key);
          unlisted.delete(kind);
        } else return;
        options.onChange();
      },
    });
  };
  const reflectors = followedKinds.map(follow);
  return {
    get isSynced() {
      return unlisted.size === 0;
    },
    get: (object) => objects.get(objectKey(object)),
    all: () => [...objects.values()],
    note: (object) => objects.set(objectKey(object), object),
    async stop() {
      await Promise.all(reflectors.map((reflector) => reflector.stop()));
    },
  };
}

/** Items of a list do not say their kind; of a Secret nobody here needs to know what is in it. */
function kept({ metadata, ...content }: KubeObject, kind: string): KubeObject {
  return kind === secretKind.kind ? { apiVersion: "v1", kind, metadata } : { ...content, kind, metadata };
}
