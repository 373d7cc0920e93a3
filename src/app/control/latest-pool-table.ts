import type { EndpointsByCluster, PoolKey } from "../../model/ir.ts";
import type { ModelResult } from "../../model/result.ts";
import type { PoolTable } from "../../picker/messages.ts";
import type { ProxyState } from "../../xds/proxy-state.ts";
import type { EndpointProgramming } from "./endpoint-programming.ts";
import { LeavingPools } from "./leaving-pools.ts";
import { poolEntries, samePoolEntries } from "./pool-table.ts";

export interface LatestPoolTableOptions {
  readonly programming: EndpointProgramming;
  /** As far as the picker has said: a request waits for a server of the pool. */
  readonly isWaitedFor: (pool: PoolKey) => boolean;
  readonly onPools: (table: PoolTable) => void;
}

export interface PoolTableFacts {
  readonly result: ModelResult;
  readonly endpoints: EndpointsByCluster;
  readonly proxiesByGateway: ReadonlyMap<string, readonly ProxyState[]>;
  readonly nowMs: number;
}

/** What the picker knows of pools; it is told anew only where it would see a difference. */
export class LatestPoolTable {
  readonly #options: LatestPoolTableOptions;
  readonly #leaving = new LeavingPools();
  #table: PoolTable = { sequence: 0, pools: [] };

  constructor(options: LatestPoolTableOptions) {
    this.#options = options;
  }

  get table(): PoolTable {
    return this.#table;
  }

  update({ result, endpoints, proxiesByGateway, nowMs }: PoolTableFacts): void {
    const { programming, isWaitedFor, onPools } = this.#options;
    const acked = new Map<string, number>();
    for (const [gateway, proxies] of proxiesByGateway) {
      acked.set(gateway, Math.min(...proxies.map(({ types }) => types.endpoint.ackedSequence ?? -1)));
    }
    const { ir, scrapeCredentials } = result;
    const pools = this.#leaving.update(result, isWaitedFor, nowMs);
    const entries = poolEntries({ ir, pools, scrapeCredentials, endpoints, programming, acked, nowMs });
    if (samePoolEntries(entries, this.#table.pools)) return;
    this.#table = { sequence: this.#table.sequence + 1, pools: entries };
    onPools(this.#table);
  }
}
