import type { KubeApi, KubeObject } from "../../../../src/kube/api.ts";
import { httpRoutes, namespace } from "./objects.ts";

/** Watches which routes the API server shows as Accepted. */
export interface AcceptedRoutes {
  readonly count: number;
  stop(): void;
}

export async function watchAccepted(api: Pick<KubeApi, "list" | "watch">): Promise<AcceptedRoutes> {
  const names = new Set<string>();
  const abort = new AbortController();
  const { resourceVersion } = await api.list(httpRoutes, { namespace, limit: 1 });
  const ended = api.watch(httpRoutes, {
    namespace,
    resourceVersion,
    timeoutSeconds: 600,
    signal: abort.signal,
    onEvent(event) {
      if ("object" in event && isAccepted(event.object)) names.add(event.object.metadata.name);
    },
  });
  // It ends with an error when it is stopped; one that ends before shows no more routes, and the wait for them fails.
  ended.catch(() => {});
  return {
    get count() {
      return names.size;
    },
    stop: () => abort.abort(),
  };
}

export function isAccepted({ status }: KubeObject): boolean {
  const { parents = [] } = (status ?? {}) as { readonly parents?: readonly Parent[] };
  return parents.some(({ conditions }) =>
    conditions.some((each) => each.type === "Accepted" && each.status === "True"),
  );
}

interface Parent {
  readonly conditions: readonly { readonly type: string; readonly status: string }[];
}

/** What each route's version is: it changes with each write. */
export async function routeVersions(api: Pick<KubeApi, "list">): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, string>();
  let continueToken: string | undefined;
  do {
    const page = await api.list(httpRoutes, {
      namespace,
      limit: 500,
      ...(continueToken === undefined ? {} : { continueToken }),
    });
    for (const { metadata } of page.items) versions.set(metadata.name, metadata.resourceVersion ?? "");
    continueToken = page.continueToken;
  } while (continueToken !== undefined);
  return versions;
}
