/**
 * What is asked of a Kubernetes API server, as one interface: who lists, watches, applies or patches knows nothing of
 * how it is reached. `client.ts` is the real one. Objects are as they came: what they mean is `resources`' to say.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */

export interface KubeResource {
  /** "" for core. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: "Namespaced" | "Cluster";
}

/** Of one object; namespace "" for cluster-scoped kinds. */
export interface KubeName {
  readonly namespace: string;
  readonly name: string;
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: KubeMetadata;
  readonly [field: string]: unknown;
}

export interface KubeMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** What may be listed or watched at once. */
export interface Selection {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ListPage {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  /** Absent: this was the last page. */
  readonly continueToken?: string;
}

export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string }
  /** The server's own word, often 410: the watch is over. */
  | { readonly type: "ERROR"; readonly error: KubeError }
  /** A line that is no event: said, and skipped. */
  | { readonly type: "UNREADABLE"; readonly reason: string };

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Take fields from other managers. */
  readonly force: boolean;
  readonly subresource?: "status";
}

/** All calls reject with KubeError where the server answers badly, and with its cause where it does not answer. */
export interface KubeApi {
  list(
    resource: KubeResource,
    options: Selection & { readonly limit: number; readonly continueToken?: string; readonly signal?: AbortSignal },
  ): Promise<ListPage>;
  /** Resolves when the server ends the watch in good order (time-out), after the last event. Asks for bookmarks. */
  watch(
    resource: KubeResource,
    options: Selection & {
      readonly resourceVersion: string;
      readonly timeoutSeconds: number;
      readonly signal: AbortSignal;
      readonly onEvent: (event: WatchEvent) => void;
    },
  ): Promise<void>;
  /** Undefined where there is no such object. */
  get(resource: KubeResource, name: KubeName): Promise<KubeObject | undefined>;
  create(resource: KubeResource, object: KubeObject): Promise<KubeObject>;
  /** PUT: refused with 409 where `metadata.resourceVersion` is not the current one. */
  replace(resource: KubeResource, object: KubeObject): Promise<KubeObject>;
  /** Server-side apply. */
  apply(resource: KubeResource, object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** JSON merge patch; with `metadata.resourceVersion` in it, refused with 409 where that is not the current one. */
  mergePatch(
    resource: KubeResource,
    name: KubeName,
    patch: Readonly<Record<string, unknown>>,
    options?: { readonly subresource?: "status"; readonly fieldManager?: string },
  ): Promise<KubeObject>;
  /** Nothing happens where there is no such object, or its uid is another. */
  delete(resource: KubeResource, name: KubeName, options?: { readonly uid?: string }): Promise<void>;
}

/** An answer of the API server that is no success: metav1.Status. */
export class KubeError extends Error {
  /** HTTP status: 404 no such object or kind, 409 conflict, 410 the version is too old, 403 RBAC. */
  readonly status: number;
  /** metav1.Status reason: "NotFound", "Expired", "Conflict", ... */
  readonly reason: string;
  /** From Retry-After, where the server says it. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, status: number, reason: string, retryAfterMs?: number) {
    super(message);
    this.name = "KubeError";
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}
