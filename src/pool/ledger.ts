/**
 * What we sent and has not ended, as leases. Charged in the same synchronous step as the placement, released exactly
 * once at any end. It owns each server's leases; it wakes whoever waits through `onRoom`.
 *
 *   charge --> lease --end | expire | readings that lack it--> gone
 *                |--periodic access-log entry--> renewed (or adopted, where this process did not place it)
 *                |--served elsewhere--> moved
 */
import type { Lease } from "./ledger-lease.ts";
import type { ModelServer } from "./server.ts";

export type Charge = Omit<Lease, "address" | "chargedAtMs">;

export interface LedgerPorts {
  /** The server of that ip:port, made where none is known: a lease may outlive its endpoint. */
  server(address: string): ModelServer;
  /** Room came free on the server: wake every pool that contains it. Called after the release is complete. */
  onRoom(server: ModelServer): void;
}

export interface Ledger {
  charge(server: ModelServer, charge: Charge, nowMs: number): Lease;
  /**
   * A periodic access-log entry: the request runs at `address`. Renews the lease, moves it where another server serves
   * it, adopts a placement that another life of the picker made.
   */
  running(placementId: string, address: string, nowMs: number): void;
  /** The last access-log entry, or an end that is known otherwise. Undefined: not charged, or released before. */
  end(placementId: string, nowMs: number): Lease | undefined;
  /** To be called after each `server.read`: releases what the server has lacked for long enough. */
  reconcile(server: ModelServer, nowMs: number): void;
  /** Releases what nothing has renewed; to be called about once a second. */
  expire(nowMs: number): readonly Lease[];
  readonly size: number;
}
