/**
 * The model servers of all pools. It reads the pool table and scrapes, and hears how requests fared; it owns every
 * ModelServer, keyed by ip:port across pools, and says which servers a pool may use.
 *
 *   pool table --update--> endpoints <--scrapes, ends of requests-- ; servers(pool) --> admission
 */
import type { Clock } from "../lib/clock.ts";
import { present } from "../lib/present.ts";
import type { Sealed } from "../lib/sealed.ts";
import type { PoolKey, PoolSettingsIr, ServerTlsIr } from "../model/ir.ts";
import { Endpoint } from "./endpoint.ts";
import type { ScrapeClient, ScrapeTarget } from "./scrape-client.ts";
import { Scraper } from "./scraper.ts";
import { ModelServer } from "./server.ts";
import { isUsable, type PoolMember } from "./server-state.ts";

export interface DirectoryPorts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly client: ScrapeClient;
  /** The server has a new reading. */
  readonly onReading: (server: ModelServer) => void;
  /** The server's state is another one, by what scrapes and requests say of it. */
  readonly onState: (endpoint: Endpoint) => void;
  /** Whether a request waits in one of these pools. */
  readonly isAwaited: (pools: Iterable<PoolKey>) => boolean;
}

export interface PoolMembers {
  readonly pool: PoolKey;
  readonly members: readonly PoolMember[];
  readonly scrape: ScrapeSettings;
  readonly serverTls?: ServerTlsIr | undefined;
  readonly credential?: Sealed<string>;
}

/** Where a pool says that its servers' metrics are. */
export type ScrapeSettings = PoolSettingsIr["scrape"];

interface Entry {
  readonly endpoint: Endpoint;
  readonly scraper: Scraper;
}

const nobody: readonly ModelServer[] = [];

export class ServerDirectory {
  readonly #ports: DirectoryPorts;
  readonly #entries = new Map<string, Entry>();
  /** Of servers that left, and of those that only an access log named: what runs there ends in its own time. */
  readonly #departed = new Map<string, ModelServer>();
  readonly #usable = new Map<PoolKey, readonly ModelServer[]>();
  readonly #populated = new Set<PoolKey>();
  #scrapes: ReadonlyMap<PoolKey, Pick<PoolMembers, "scrape" | "serverTls" | "credential">> = new Map();

  constructor(ports: DirectoryPorts) {
    this.#ports = ports;
  }

  /** The whole table. The caller lets its pools try again afterwards: `onState` is not called. */
  update(pools: readonly PoolMembers[]): void {
    const byAddress = groupByAddress(pools);
    this.#scrapes = new Map(pools.map((one) => [one.pool, one]));
    for (const [address, entry] of this.#entries) if (!byAddress.has(address)) this.#leave(address, entry);
    for (const [address, members] of byAddress) {
      const entry = this.#entries.get(address);
      if (entry === undefined) this.#join(address, members);
      else entry.endpoint.setMembers(members);
    }
    this.#usable.clear();
    this.#populated.clear();
    for (const { pool, members } of pools) {
      if (members.some(({ health }) => health !== "draining")) this.#populated.add(pool);
      this.#usable.set(
        pool,
        members.filter(isUsable).map(({ address }) => this.server(address)),
      );
    }
    this.#forgetIdle();
  }

  /** Servers that the pool may use as far as the pool says; each one's state says the rest. */
  servers(pool: PoolKey): readonly ModelServer[] {
    return this.#usable.get(pool) ?? nobody;
  }

  /** Whether the pool has any endpoint that is to stay, in whatever state. */
  hasEndpoints(pool: PoolKey): boolean {
    return this.#populated.has(pool);
  }

  /** Made where none is known: a lease may outlive its endpoint, and a restarted picker hears of leases first. */
  server(address: string): ModelServer {
    const known = this.#entries.get(address)?.endpoint.server ?? this.#departed.get(address);
    if (known !== undefined) return known;
    const server = new ModelServer(address);
    this.#departed.set(address, server);
    return server;
  }

  poolsOf(address: string): Iterable<PoolKey> {
    return this.#entries.get(address)?.endpoint.members.keys() ?? [];
  }

  *endpoints(): Iterable<Endpoint> {
    for (const { endpoint } of this.#entries.values()) yield endpoint;
  }

  requestSent(address: string, placement: string): void {
    const entry = this.#entries.get(address);
    entry?.scraper.hurry();
    this.#change(address, (endpoint, nowMs) => endpoint.requestSent(placement, nowMs));
  }

  requestAnswered(address: string): void {
    this.#change(address, (endpoint, nowMs) => endpoint.requestAnswered(nowMs));
  }

  requestFailed(address: string, placement: string, reason: string): void {
    this.#entries.get(address)?.scraper.hurry();
    this.#change(address, (endpoint, nowMs) => endpoint.requestFailed(placement, reason, nowMs));
  }

  requestVoid(address: string, placement: string): void {
    this.#change(address, (endpoint, nowMs) => endpoint.requestVoid(placement, nowMs));
  }

  /** To be called about once a second. */
  tick(): void {
    for (const address of this.#entries.keys()) this.#change(address, (endpoint, nowMs) => endpoint.tick(nowMs));
    this.#forgetIdle();
  }

  stop(): void {
    for (const { scraper } of this.#entries.values()) scraper.stop();
  }

  #join(address: string, members: ReadonlyMap<PoolKey, PoolMember>): void {
    const { clock, random, client, isAwaited, onReading } = this.#ports;
    const endpoint = new Endpoint(this.server(address), members);
    this.#departed.delete(address);
    const scraper = new Scraper({
      clock,
      random,
      client,
      target: () => this.#target(endpoint),
      onResult: (result, sentAtMs) => {
        let read = false;
        this.#change(address, (_, nowMs) => (read = endpoint.scraped(result, sentAtMs, nowMs)));
        if (read) onReading(endpoint.server);
      },
      intervalMs: () => endpoint.intervalMs(isAwaited(endpoint.members.keys())),
    });
    this.#entries.set(address, { endpoint, scraper });
    scraper.start();
  }

  /** The first pool that lists the server says how. */
  #target({ members }: Endpoint): ScrapeTarget {
    for (const [pool, { ip, port }] of members) {
      const listed = this.#scrapes.get(pool);
      if (listed === undefined) continue;
      const { scrape, serverTls, credential } = listed;
      const { path, scheme, insecureSkipVerify } = scrape;
      return {
        ...{ ip, port: scrape.port > 0 ? scrape.port : port, path, scheme, insecureSkipVerify },
        ...present("serverTls", serverTls),
        ...present("credential", credential),
      };
    }
    throw new Error("Cannot scrape a server: no pool lists it");
  }

  #leave(address: string, { endpoint, scraper }: Entry): void {
    scraper.stop();
    this.#entries.delete(address);
    endpoint.server.setState("draining");
    this.#departed.set(address, endpoint.server);
  }

  #forgetIdle(): void {
    for (const [address, server] of this.#departed) if (server.leases.size === 0) this.#departed.delete(address);
  }

  #change(address: string, change: (endpoint: Endpoint, nowMs: number) => void): void {
    const endpoint = this.#entries.get(address)?.endpoint;
    if (endpoint === undefined) return;
    const before = endpoint.server.state;
    change(endpoint, this.#ports.clock.monotonicMs());
    if (endpoint.server.state !== before) this.#ports.onState(endpoint);
  }
}

function groupByAddress(pools: readonly PoolMembers[]): ReadonlyMap<string, ReadonlyMap<PoolKey, PoolMember>> {
  const byAddress = new Map<string, Map<PoolKey, PoolMember>>();
  for (const { pool, members } of pools) {
    for (const member of members) {
      const listed = byAddress.get(member.address);
      if (listed === undefined) byAddress.set(member.address, new Map([[pool, member]]));
      else listed.set(pool, member);
    }
  }
  return byAddress;
}
