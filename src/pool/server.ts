/**
 * One model server as admission sees it, keyed by ip:port across pools: two pools over the same servers share one room.
 * The pool table sets its state, the scraper its readings, the ledger its leases; `revision` counts changes of any.
 */
import type { Lease } from "./ledger-lease.ts";
import type { Reading } from "./reading.ts";

/** Why a server gets nothing, or "ready". */
export type ServerState = "ready" | "unread" | "not-programmed" | "ejected" | "not-ready" | "draining";

/** "unknown": it answers scrapes, but without the families of a vLLM; the ledger alone serves it. */
export type ServerKind = "vllm" | "unknown";

export class ModelServer {
  readonly address: string;
  #state: ServerState = "unread";
  #kind: ServerKind = "unknown";
  #reading: Reading | undefined;
  #readAtMs: number | undefined;
  #revision = 0;
  readonly #leases = new Map<string, Lease>();

  constructor(address: string) {
    this.address = address;
  }

  get state(): ServerState {
    return this.#state;
  }

  get kind(): ServerKind {
    return this.#kind;
  }

  get reading(): Reading | undefined {
    return this.#reading;
  }

  /** Monotonic time at which the last answered scrape was sent: what was dispatched later is not in it. */
  get readAtMs(): number | undefined {
    return this.#readAtMs;
  }

  get revision(): number {
    return this.#revision;
  }

  /** By placement id, in order of dispatch. Only the ledger changes it. */
  get leases(): ReadonlyMap<string, Lease> {
    return this.#leases;
  }

  /** An answered scrape; undefined where the answer has none of the known families. `sentAtMs`: when it was asked for. */
  read(reading: Reading | undefined, sentAtMs: number): void {
    this.#kind = reading === undefined ? "unknown" : "vllm";
    this.#reading = reading;
    this.#readAtMs = sentAtMs;
    this.#revision++;
  }

  setState(state: ServerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#revision++;
  }
}
