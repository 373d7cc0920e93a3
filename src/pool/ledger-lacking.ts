import type { Lease } from "./ledger-lease.ts";
import type { ModelServer } from "./server.ts";

/** A request needs this long from its placement to the server's own counts, at most. */
const arrivalMs = 1_000;

/**
 * Leases whose end we missed: a server that shows fewer requests than we think it has, in every reading for a while.
 * Which of them are gone cannot be told, so the oldest go: with equal outputs they end first.
 */
export class LackingLeases {
  readonly #lackMs: number;
  readonly #lacks = new WeakMap<ModelServer, { readonly sinceMs: number; readonly least: number }>();

  constructor(lackMs: number) {
    this.#lackMs = lackMs;
  }

  /** After a reading: the leases to release. */
  after(server: ModelServer, nowMs: number): readonly Lease[] {
    const { reading, readAtMs } = server;
    if (reading === undefined || readAtMs === undefined) return [];
    const arrived = [...server.leases.values()].filter((lease) => lease.chargedAtMs + arrivalMs < readAtMs);
    const lack = arrived.length - reading.running - reading.waiting;
    const before = this.#lacks.get(server);
    if (lack <= 0) {
      this.#lacks.delete(server);
      return [];
    }
    const now = { sinceMs: before?.sinceMs ?? nowMs, least: Math.min(before?.least ?? lack, lack) };
    this.#lacks.set(server, now);
    if (nowMs - now.sinceMs < this.#lackMs) return [];
    this.#lacks.delete(server);
    return arrived.slice(0, now.least);
  }
}
