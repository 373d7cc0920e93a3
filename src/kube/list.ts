import { type KubeApi, KubeError, type KubeObject, type KubeResource, type Selection } from "./api.ts";

export interface Listed {
  /** The version of the kind that the server has. */
  readonly resource: KubeResource;
  readonly resourceVersion: string;
  /** "namespace/name" of all that there are. */
  readonly names: ReadonlySet<string>;
}

export interface ListOptions {
  readonly api: KubeApi;
  /** Versions of one kind, the preferred first. */
  readonly resources: readonly KubeResource[];
  readonly selection: Selection;
  readonly signal: AbortSignal;
  readonly onPage: (objects: readonly KubeObject[], resource: KubeResource) => void;
}

const pageSize = 500;

/**
 * Page by page, of the first version that is served; undefined where none is. Without a resourceVersion a list is
 * never older than what was seen before: https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list
 */
export async function listAll(options: ListOptions): Promise<Listed | undefined> {
  for (const resource of options.resources) {
    try {
      return await listOne(resource, options);
    } catch (error) {
      if (!(error instanceof KubeError && error.status === 404)) throw error;
    }
  }
  return undefined;
}

async function listOne(resource: KubeResource, { api, selection, signal, onPage }: ListOptions): Promise<Listed> {
  const names = new Set<string>();
  let continueToken: string | undefined;
  for (;;) {
    const next = continueToken === undefined ? {} : { continueToken };
    const page = await api.list(resource, { ...selection, ...next, limit: pageSize, signal });
    signal.throwIfAborted();
    for (const object of page.items) names.add(nameOf(object));
    if (page.items.length > 0) onPage(page.items, resource);
    ({ continueToken } = page);
    if (continueToken === undefined) return { resource, resourceVersion: page.resourceVersion, names };
  }
}

/** "namespace/name", the namespace "" for cluster-scoped kinds. */
export function nameOf({ metadata: { namespace = "", name } }: KubeObject): string {
  return `${namespace}/${name}`;
}
