/** One server while pools list it: what they say of it, whether it answers, its scrapes. Owns the state of its ModelServer. */
import type { PoolKey } from "../model/ir.ts";
import { parseMetrics } from "./engine-metrics.ts";
import {
  atTime,
  type Health,
  requestAnswered,
  requestFailed,
  requestSent,
  scrapeAnswered,
  scrapeRefused,
  trialVoid,
  unread,
} from "./health.ts";
import type { ScrapeResult } from "./scrape-client.ts";
import { refusedIntervalMs, scrapeIntervalMs } from "./scrape-interval.ts";
import type { ModelServer } from "./server.ts";
import { type PoolMember, serverState } from "./server-state.ts";

export class Endpoint {
  readonly server: ModelServer;
  #members: ReadonlyMap<PoolKey, PoolMember>;
  #health: Health = unread;
  #lastError: string | undefined;
  #answeredAtMs: number | undefined;

  constructor(server: ModelServer, members: ReadonlyMap<PoolKey, PoolMember>) {
    this.server = server;
    this.#members = members;
    this.#updateState();
  }

  get members(): ReadonlyMap<PoolKey, PoolMember> {
    return this.#members;
  }

  get health(): Health {
    return this.#health;
  }

  /** Of the last scrape or request that failed; undefined once a scrape was answered. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** When the last scrape was answered, in whatever way. */
  get answeredAtMs(): number | undefined {
    return this.#answeredAtMs;
  }

  get name(): string {
    for (const member of this.#members.values()) return member.name;
    return this.server.address;
  }

  setMembers(members: ReadonlyMap<PoolKey, PoolMember>): void {
    this.#members = members;
    this.#updateState();
  }

  /**
   * True where the server was read anew. An answer that is no page of metrics counts as a reading only where the
   * server never gave one: a vLLM that answers 503 for a while is still a vLLM, with readings that grow old.
   */
  scraped(result: ScrapeResult, sentAtMs: number, nowMs: number): boolean {
    if (result.kind !== "answered") {
      this.#lastError = `scrape: ${result.reason}`;
      if (result.kind === "refused") this.#setHealth(scrapeRefused(this.#health), nowMs);
      return false;
    }
    this.#answeredAtMs = nowMs;
    this.#lastError = undefined;
    const reading = result.status === 200 ? parseMetrics(result.page) : undefined;
    const gone = result.status === 200 || result.status === 404;
    const read = reading !== undefined || gone || this.server.reading === undefined;
    if (read) this.server.read(reading, sentAtMs);
    else this.#lastError = `scrape: status ${result.status}`;
    this.#setHealth(scrapeAnswered(this.#health), nowMs);
    return read;
  }

  requestSent(placement: string, nowMs: number): void {
    this.#setHealth(requestSent(this.#health, placement), nowMs);
  }

  requestAnswered(nowMs: number): void {
    this.#setHealth(requestAnswered(this.#health), nowMs);
  }

  requestFailed(placement: string, reason: string, nowMs: number): void {
    this.#lastError = `request: ${reason}`;
    this.#setHealth(requestFailed(this.#health, placement, nowMs), nowMs);
  }

  requestVoid(placement: string, nowMs: number): void {
    this.#setHealth(trialVoid(this.#health, placement), nowMs);
  }

  /** To be called when time alone may have ended a back-off. */
  tick(nowMs: number): void {
    this.#setHealth(this.#health, nowMs);
  }

  intervalMs(awaited: boolean): number {
    if (this.#health.kind === "unreachable") return refusedIntervalMs(this.#health.refusedScrapes);
    if (this.#health.kind === "unread" || (this.#health.kind === "healthy" && this.#health.refusedScrapes > 0))
      return refusedIntervalMs(0);
    const { reading, leases } = this.server;
    return scrapeIntervalMs({
      running: reading?.running ?? 0,
      waiting: reading?.waiting ?? 0,
      kvCacheUtil: reading?.kvCacheUtil ?? 0,
      inFlight: leases.size,
      awaited,
    });
  }

  #setHealth(health: Health, nowMs: number): void {
    this.#health = atTime(health, nowMs);
    this.#updateState();
  }

  #updateState(): void {
    this.server.setState(serverState([...this.#members.values()], this.#health));
  }
}
