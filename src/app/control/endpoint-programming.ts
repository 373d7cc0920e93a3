import type { ClusterKey, EndpointsByCluster } from "../../model/ir.ts";

interface FirstPublished {
  readonly sequence: number;
  readonly atMs: number;
}

/**
 * When each endpoint was first sent to a Gateway's proxies. The picker must not name an endpoint that Envoy does not
 * have: Envoy would fall back to any host of the cluster.
 */
export class EndpointProgramming {
  readonly #graceMs: number;
  readonly #gateways = new Map<string, Map<ClusterKey, Map<string, FirstPublished>>>();

  /** `graceMs`: after it an endpoint counts as programmed although a proxy has not said so. */
  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  published(gateway: string, sequence: number, endpoints: EndpointsByCluster, nowMs: number): void {
    const before = this.#gateways.get(gateway);
    const after = new Map<ClusterKey, Map<string, FirstPublished>>();
    for (const [cluster, list] of endpoints) {
      const known = before?.get(cluster);
      after.set(
        cluster,
        new Map(list.map(({ address }) => [address, known?.get(address) ?? { sequence, atMs: nowMs }])),
      );
    }
    this.#gateways.set(gateway, after);
  }

  forget(gateway: string): void {
    this.#gateways.delete(gateway);
  }

  /** `acked`: the sequence that every connected proxy of the Gateway has acknowledged; undefined without a proxy. */
  isProgrammed(query: {
    gateway: string;
    cluster: ClusterKey;
    address: string;
    acked: number | undefined;
    nowMs: number;
  }): boolean {
    const first = this.#gateways.get(query.gateway)?.get(query.cluster)?.get(query.address);
    if (first === undefined) return false;
    return (query.acked !== undefined && first.sequence <= query.acked) || query.nowMs - first.atMs >= this.#graceMs;
  }
}
