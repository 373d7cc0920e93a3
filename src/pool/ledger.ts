/**
 * What we sent and has not ended, as leases. Charged in the same synchronous step as the placement, released exactly
 * once at any end. It owns each server's leases; it wakes whoever waits through `onRoom`.
 *
 *   charge --> lease --end | expire | readings that lack it--> gone
 *                |--periodic access-log entry--> renewed (or adopted, where this process did not place it)
 *                |--served elsewhere--> moved
 */
import { LackingLeases } from "./ledger-lacking.ts";
import type { Charge, Lease } from "./ledger-lease.ts";
import { parsePlacementId } from "./ledger-placement-id.ts";
import type { ModelServer } from "./server.ts";

export interface LedgerPorts {
  /** The server of that ip:port, made where none is known: a lease may outlive its endpoint. */
  server(address: string): ModelServer;
  /** Room came free on the server: wake every pool that contains it. Called after the release is complete. */
  onRoom(server: ModelServer): void;
}

export interface LedgerOptions {
  /** A lease that nothing renews for so long ends: several intervals of the periodic access-log entries. */
  readonly leaseMs: number;
  /** A lease that readings lack for so long ends: longer than an access-log entry takes. */
  readonly lackMs: number;
}

interface Entry {
  readonly lease: Lease;
  readonly renewedAtMs: number;
}

export class Ledger {
  readonly #ports: LedgerPorts;
  readonly #options: LedgerOptions;
  /** By placement id, the longest without renewal first. */
  readonly #entries = new Map<string, Entry>();
  readonly #lacking: LackingLeases;

  constructor(ports: LedgerPorts, options: LedgerOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#lacking = new LackingLeases(options.lackMs);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(placementId: string): Lease | undefined {
    return this.#entries.get(placementId)?.lease;
  }

  charge(server: ModelServer, charge: Charge, nowMs: number): Lease {
    if (this.#entries.has(charge.id)) throw new Error(`Cannot charge placement "${charge.id}": it is charged already`);
    return this.#enter(
      server,
      { ...charge, address: server.address, chargedAtMs: nowMs, startedAtToken: undefined },
      nowMs,
    );
  }

  /**
   * A periodic access-log entry: the request runs at `address`. Renews the lease, moves it where another server serves
   * it, adopts a placement that another life of the picker made.
   */
  running(placementId: string, address: string, now: { readonly monotonicMs: number; readonly wallMs: number }): void {
    const entry = this.#entries.get(placementId);
    if (entry === undefined) return this.#adopt(placementId, address, now);
    if (entry.lease.address === address) {
      this.#entries.delete(placementId);
      this.#entries.set(placementId, { lease: entry.lease, renewedAtMs: now.monotonicMs });
      return;
    }
    const from = this.#leave(entry.lease);
    this.#enter(this.#ports.server(address), { ...entry.lease, address, startedAtToken: undefined }, now.monotonicMs);
    this.#ports.onRoom(from);
  }

  /** The last access-log entry, or an end that is known otherwise. Undefined: not charged, or released before. */
  end(placementId: string): Lease | undefined {
    const lease = this.get(placementId);
    if (lease !== undefined) this.#ports.onRoom(this.#leave(lease));
    return lease;
  }

  /** To be called after each `server.read`: releases what the server has lacked for long enough. */
  reconcile(server: ModelServer, nowMs: number): readonly Lease[] {
    return this.#release(this.#lacking.after(server, nowMs));
  }

  /** Releases what nothing has renewed; to be called about once a second. */
  expire(nowMs: number): readonly Lease[] {
    const overdue: Lease[] = [];
    for (const { lease, renewedAtMs } of this.#entries.values()) {
      if (nowMs - renewedAtMs < this.#options.leaseMs) break;
      overdue.push(lease);
    }
    return this.#release(overdue);
  }

  #release(leases: readonly Lease[]): readonly Lease[] {
    const freed = new Set(leases.map((lease) => this.#leave(lease)));
    for (const server of freed) this.#ports.onRoom(server);
    return leases;
  }

  /** It ran before we knew it, so it counts as started, and as far as its time lets expect. */
  #adopt(placementId: string, address: string, now: { readonly monotonicMs: number; readonly wallMs: number }): void {
    const placed = parsePlacementId(placementId);
    if (placed === undefined) return;
    const server = this.#ports.server(address);
    const ageMs = Math.max(0, now.wallMs - placed.placedAtWallMs);
    const startedAtToken = server.decodeClock.at(now.monotonicMs) - ageMs * server.decodeClock.tokensPerMs;
    const lease = { ...placed.charge, address, chargedAtMs: now.monotonicMs - ageMs, startedAtToken };
    this.#enter(server, lease, now.monotonicMs);
  }

  #enter(server: ModelServer, lease: Lease, nowMs: number): Lease {
    this.#entries.set(lease.id, { lease, renewedAtMs: nowMs });
    server.add(lease);
    return lease;
  }

  #leave(lease: Lease): ModelServer {
    const server = this.#ports.server(lease.address);
    this.#entries.delete(lease.id);
    server.remove(lease);
    return server;
  }
}
