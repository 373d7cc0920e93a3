import { contentHash } from "../../src/lib/content-hash.ts";
import type { ResourceType, Snapshot, XdsResource } from "../../src/xds/snapshot.ts";

export interface SnapshotContent {
  /** By name: content, and whether the cluster has an assignment (it has unless told otherwise). */
  readonly cluster?: Readonly<Record<string, string>>;
  readonly endpoint?: Readonly<Record<string, string>>;
  /** By name: route configurations that it needs, and content. */
  readonly listener?: Readonly<Record<string, Needing>>;
  readonly route?: Readonly<Record<string, Needing>>;
  /** By name: content. */
  readonly secret?: Readonly<Record<string, string>>;
}

export interface Needing {
  readonly needs: readonly string[];
  readonly content?: string;
  readonly secrets?: readonly string[];
  readonly origins?: readonly string[];
}

/** A closed snapshot of invented resources; each cluster has the assignment of its name, "one" where none is given. */
export function makeSnapshot(sequence: number, content: SnapshotContent, before?: Snapshot): Snapshot {
  const clusters = Object.entries(content.cluster ?? {});
  const assignments = clusters.map(([name]) =>
    resource("endpoint", name, { content: content.endpoint?.[name] ?? "one" }),
  );
  const made: Record<ResourceType, XdsResource[]> = {
    cluster: clusters.map(([name, text]) => resource("cluster", name, { content: text, needs: [name] })),
    endpoint: assignments,
    secret: Object.entries(content.secret ?? {}).map(([name, text]) => resource("secret", name, { content: text })),
    listener: Object.entries(content.listener ?? {}).map(([name, needing]) => resource("listener", name, needing)),
    route: Object.entries(content.route ?? {}).map(([name, needing]) => resource("route", name, needing)),
  };
  return {
    gateway: "default/gw",
    sequence,
    resources: {
      cluster: keep("cluster", made, before),
      endpoint: keep("endpoint", made, before),
      secret: keep("secret", made, before),
      listener: keep("listener", made, before),
      route: keep("route", made, before),
    },
  };
}

export function resource(
  type: ResourceType,
  name: string,
  { needs = [], content = "", origins = [], secrets = [] }: Partial<Needing>,
): XdsResource {
  const text = JSON.stringify([type, name, needs, ...(secrets.length === 0 ? [] : [secrets]), content]);
  const uses = secrets.length === 0 ? {} : { secrets };
  return { name, version: contentHash(text), body: Buffer.from(text), origins, needs, ...uses };
}

/** As the builder does: a type in which nothing changed keeps its map. */
function keep(
  type: ResourceType,
  made: Record<ResourceType, XdsResource[]>,
  before: Snapshot | undefined,
): ReadonlyMap<string, XdsResource> {
  const old = before?.resources[type];
  const same =
    old?.size === made[type].length && made[type].every(({ name, version }) => old.get(name)?.version === version);
  return old !== undefined && same ? old : new Map(made[type].map((one) => [one.name, one]));
}
