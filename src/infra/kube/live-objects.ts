import type { KubeApi, KubeObject, KubeResource } from "../../kube/api.ts";
import { Outage } from "../../kube/outage.ts";
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
  /** What it is answered with counts before the watch says so, unless the watch has said newer things meanwhile. */
  written(write: () => Promise<KubeObject>): Promise<KubeObject>;
  stop(): Promise<void>;
}

export function followObjects(options: LiveObjectsOptions): LiveObjects {
  const objects = new Map<string, KubeObject>();
  const unlisted = new Set(followedKinds.map(({ kind }) => kind));
  let deletions = 0;
  const remove = (key: string): void => {
    if (objects.delete(key)) deletions++;
  };
  const outage = new Outage(options.clock, options.log);
  const selection = { namespace: options.namespace, labelSelector: `${labelNames.managedBy}=${managedBy}` };
  const follow = (resource: KubeResource) => {
    const { kind } = resource;
    const keyOf = (name: string): string => `${kind}/${name.slice(name.indexOf("/") + 1)}`;
    return startReflector({
      ...options,
      outage,
      resources: [resource],
      selection,
      onEvent(event) {
        if (event.type === "put") {
          for (const object of event.objects) objects.set(keyOf(object.metadata.name), kept(object, kind));
        } else if (event.type === "deleted") remove(keyOf(event.name));
        else if (event.type === "listed") {
          const names = new Set([...event.names].map(keyOf));
          for (const key of objects.keys()) if (key.startsWith(`${kind}/`) && !names.has(key)) remove(key);
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
    async written(write) {
      const deletionsBefore = deletions;
      const answer = await write();
      const key = objectKey(answer);
      const seen = objects.get(key);
      // Nothing is seen of it where it is new, and where it has been deleted since.
      if (seen === undefined ? deletions === deletionsBefore : isNewer(answer, seen)) objects.set(key, answer);
      return answer;
    },
    async stop() {
      await Promise.all(reflectors.map((reflector) => reflector.stop()));
    },
  };
}

/** Versions are decimal numbers: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions */
function isNewer(a: KubeObject, b: KubeObject): boolean {
  const [one = "", other = ""] = [a.metadata.resourceVersion, b.metadata.resourceVersion];
  return one.length === other.length ? one > other : one.length > other.length;
}

/** Items of a list do not say their kind; of a Secret nobody here needs to know what is in it. */
function kept({ metadata, ...content }: KubeObject, kind: string): KubeObject {
  return kind === secretKind.kind ? { apiVersion: "v1", kind, metadata } : { ...content, kind, metadata };
}
