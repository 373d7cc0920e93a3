import type { EndpointsByCluster, Ir, PoolIr } from "../../model/ir.ts";
import type { ModelResult } from "../../model/result.ts";
import type { PoolEntry } from "../../picker/messages.ts";
import type { EndpointProgramming } from "./endpoint-programming.ts";

export interface PoolTableInput {
  readonly ir: Ir;
  readonly pools: Iterable<PoolIr>;
  readonly scrapeCredentials: ModelResult["scrapeCredentials"];
  readonly endpoints: EndpointsByCluster;
  readonly programming: EndpointProgramming;
  /** By Gateway: the sequence that all its connected proxies have acknowledged. */
  readonly acked: ReadonlyMap<string, number>;
  readonly nowMs: number;
}

/** What the picker is told: each pool with its endpoints, each marked whether every proxy that may ask has it. */
export function poolEntries(input: PoolTableInput): readonly PoolEntry[] {
  const { ir, pools, scrapeCredentials, endpoints, programming, acked, nowMs } = input;
  const entries: PoolEntry[] = [];
  for (const pool of pools) {
    const gateways = [...ir.values()]
      .filter((gateway) => gateway.clusters.has(pool.cluster))
      .map((gateway) => gateway.key);
    const list = endpoints.get(pool.cluster) ?? [];
    const credential = scrapeCredentials.get(pool.key)?.reveal();
    entries.push({
      pool,
      ...(credential === undefined ? {} : { scrapeCredential: credential }),
      endpoints: list.map((endpoint) => ({
        ...endpoint,
        programmed: gateways.every((gateway) =>
          programming.isProgrammed({
            gateway,
            cluster: pool.cluster,
            address: endpoint.address,
            acked: acked.get(gateway),
            nowMs,
          }),
        ),
      })),
    });
  }
  return entries;
}

/** Whether the picker would see no difference. Pools and endpoints keep their identity while they do not change. */
export function samePoolEntries(a: readonly PoolEntry[], b: readonly PoolEntry[]): boolean {
  return a.length === b.length && a.every((entry, index) => sameEntry(entry, b[index]));
}

function sameEntry(a: PoolEntry, b: PoolEntry | undefined): boolean {
  return (
    a.pool === b?.pool &&
    a.scrapeCredential === b.scrapeCredential &&
    a.endpoints.length === b.endpoints.length &&
    a.endpoints.every((endpoint, index) => {
      const other = b.endpoints[index];
      return (
        endpoint.address === other?.address &&
        endpoint.health === other.health &&
        endpoint.name === other.name &&
        endpoint.programmed === other.programmed
      );
    })
  );
}
