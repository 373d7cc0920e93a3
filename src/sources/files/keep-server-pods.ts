import { storeKey } from "../../resources/references.ts";
import type { Change, Store } from "../store.ts";
import type { Report } from "./report.ts";
import { podsOf, type Server } from "./server-pods.ts";

export interface KeepServerPodsOptions {
  readonly store: Store;
  readonly servers: readonly Server[];
  readonly onReport: (report: Report) => void;
}

/** Keeps in the store the Pods of servers that no file describes, as their pools come, change and go. The result ends it. */
export function keepServerPods({ store, servers, onReport }: KeepServerPodsOptions): () => void {
  if (servers.length === 0) return () => {};
  let kept: ReadonlySet<string> = new Set();
  let told: ReadonlySet<Server> = new Set();
  const follow = (): void => {
    const pools = [...store.configuration.get().inferencePools.values()];
    const { pods, withoutPool } = podsOf(servers, pools);
    const keys = new Set(pods.map(storeKey));
    store.apply([
      ...pods.map((object): Change => ({ type: "put", object, generation: "count" })),
      ...[...kept].filter((key) => !keys.has(key)).map((key): Change => ({ type: "remove", key })),
    ]);
    kept = keys;
    if (!store.synced.get()) return;
    for (const server of withoutPool) if (!told.has(server)) onReport(noPool(server, pools));
    told = new Set(withoutPool);
  };
  const ends = [store.configuration.subscribe(follow), store.synced.subscribe(follow)];
  follow();
  return () => {
    for (const end of ends) end();
  };
}

function noPool(
  { spelled, namespace, pool }: Server,
  pools: readonly { readonly metadata: { readonly namespace: string; readonly name: string } }[],
): Report {
  const names = [...new Set(pools.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`))].sort();
  const known = names.length === 0 ? "there is no InferencePool yet" : `there are ${names.join(", ")}`;
  return {
    level: "warning",
    file: `--server ${spelled}`,
    line: 0,
    column: 0,
    reason: `no InferencePool ${namespace}/${pool}: the server waits for it; ${known}`,
  };
}
