/** The order is the order of sending: make before break. See stream/. */
export const resourceTypes = ["cluster", "endpoint", "secret", "listener", "route"] as const;
export type ResourceType = (typeof resourceTypes)[number];

export const typeUrls: Readonly<Record<ResourceType, string>> = {
  cluster: "type.googleapis.com/envoy.config.cluster.v3.Cluster",
  endpoint: "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
  /** Shown to nobody but proxies. */
  secret: "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
  listener: "type.googleapis.com/envoy.config.listener.v3.Listener",
  route: "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
};

export interface XdsResource {
  readonly name: string;
  /** Content hash of `body`. */
  readonly version: string;
  /** The encoded message, not yet wrapped in an Any. */
  readonly body: Uint8Array;
  /** Keys (objectKey) of the objects that this resource was made from, sorted. */
  readonly origins: readonly string[];
  /** Names that must be usable before this is sent: a route's clusters, a listener's route configurations, a cluster's assignment. */
  readonly needs: readonly string[];
  /** Names of the secrets that it uses: a proxy asks for them once it has it, and warms it until they come. */
  readonly secrets?: readonly string[];
}

/** Everything that one Gateway's proxies are to have. Immutable and closed: every name that is needed exists. */
export interface Snapshot {
  /** "namespace/name" of the Gateway. */
  readonly gateway: string;
  /** Grows with each snapshot of this Gateway. */
  readonly sequence: number;
  readonly resources: Readonly<Record<ResourceType, ReadonlyMap<string, XdsResource>>>;
}

/** First name that a resource needs and the snapshot lacks; undefined when it is closed. */
export function findMissing(snapshot: Snapshot): { readonly resource: string; readonly missing: string } | undefined {
  const { cluster, endpoint, secret, listener, route } = snapshot.resources;
  const pairs = [
    [cluster, endpoint],
    [listener, route],
    [route, cluster],
  ] as const;
  for (const [users, used] of pairs) {
    for (const user of users.values()) {
      const missing = user.needs.find((name) => !used.has(name));
      if (missing !== undefined) return { resource: user.name, missing };
    }
  }
  for (const { name, secrets = [] } of listener.values()) {
    const missing = secrets.find((used) => !secret.has(used));
    if (missing !== undefined) return { resource: name, missing };
  }
  return undefined;
}
