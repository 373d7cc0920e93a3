/**
 * One model server as admission sees it, keyed by ip:port across pools: two pools over the same servers share one room.
 * The pool table sets its state, the scraper its readings, the ledger its leases; `revision` counts changes of any.
 */
import type { Engine } from "./engine-families.ts";
import type { Lease } from "./ledger-lease.ts";
import type { Reading } from "./reading.ts";
import { DecodeClock } from "./server-decode-clock.ts";
import { StartWindow } from "./server-start-window.ts";

/** Why a server gets nothing, or "ready". */
export type ServerState = "ready" | "unread" | "not-programmed" | "ejected" | "not-ready" | "draining";

/** "unknown": it answers scrapes, but without the families of a known engine; the ledger alone serves it. */
export type ServerKind = Engine | "unknown";

const firstStartWindow = 2;
const largestStartWindow = 256;

export class ModelServer {
  readonly address: string;
  readonly decodeClock = new DecodeClock();
  readonly #startWindow = new StartWindow(firstStartWindow, largestStartWindow);
  readonly #leases = new Map<string, Lease>();
  readonly #inFlight = new Map<number, number>();
  #state: ServerState = "unread";
  #kind: ServerKind = "unknown";
  #reading: Reading | undefined;
  #readAtMs: number | undefined;
  #revision = 0;
  #unstarted = 0;
  #foreignTokens = 0;
  #started = { requests: 0, bytes: 0 };
  /** Started, and still computing their prompt, as far as the server's counter tells; first come first. */
  readonly #prefilling: Lease[] = [];
  #promptTokensTotal: number | undefined;

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

  /** Tokens of KV cache; undefined where the server does not say. */
  get cacheTokens(): number | undefined {
    const cache = this.#reading?.cache;
    return cache === undefined ? undefined : cache.blockSize * cache.blocks;
  }

  /** Requests that the server has not started: the larger of what we know to be on its way and what it shows. */
  get unstarted(): number {
    return Math.max(this.#unstarted, this.#reading?.waiting ?? 0);
  }

  /** Prompt tokens that a newcomer would wait for: a server computes prompts one after the other. */
  get promptTokensAhead(): number {
    let tokens = 0;
    for (const lease of this.#prefilling) tokens += lease.promptTokens;
    for (const lease of this.#leases.values()) if (lease.startedAtToken === undefined) tokens += lease.promptTokens;
    return tokens;
  }

  get startWindow(): number {
    return this.#startWindow.size;
  }

  /** Tokens of KV cache that the last reading shows beyond what the leases explain: somebody else's load. */
  get foreignTokens(): number {
    return this.#foreignTokens;
  }

  /** Our requests that readings have shown as started, since this server is known. */
  get started(): { readonly requests: number; readonly bytes: number } {
    return this.#started;
  }

  /** Leases of that level. */
  inFlight(priority: number): number {
    return this.#inFlight.get(priority) ?? 0;
  }

  get priorities(): Iterable<number> {
    return this.#inFlight.keys();
  }

  setState(state: ServerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#revision++;
  }

  /** An answered scrape; undefined where the answer has none of the known families. `sentAtMs`: when it was asked for. */
  read(reading: Reading | undefined, sentAtMs: number): void {
    this.#kind = reading === undefined ? "unknown" : (reading.engine ?? "vllm");
    this.#reading = reading;
    this.#readAtMs = sentAtMs;
    this.#revision++;
    if (reading === undefined) return;
    this.decodeClock.read(reading.generationTokensTotal, reading.running, sentAtMs);
    this.#markPrefilled(reading.promptTokensTotal);
    this.#markStarted(reading, sentAtMs);
    this.#foreignTokens = this.#unexplainedTokens(reading, sentAtMs);
  }

  /** For the ledger only. */
  add(lease: Lease): void {
    this.#leases.set(lease.id, lease);
    this.#inFlight.set(lease.priority, this.inFlight(lease.priority) + 1);
    if (lease.startedAtToken === undefined) this.#unstarted++;
    this.#revision++;
  }

  /** For the ledger only. */
  remove(lease: Lease): void {
    if (!this.#leases.delete(lease.id)) return;
    const left = this.inFlight(lease.priority) - 1;
    if (left > 0) this.#inFlight.set(lease.priority, left);
    else this.#inFlight.delete(lease.priority);
    if (lease.startedAtToken === undefined) this.#unstarted--;
    const prefilling = this.#prefilling.indexOf(lease);
    if (prefilling >= 0) this.#prefilling.splice(prefilling, 1);
    this.#revision++;
  }

  /** The counter moves when a prompt is done; estimates are rough, so that any move is the end of at least one. */
  #markPrefilled(total: number | undefined): void {
    let tokens = (total ?? 0) - (this.#promptTokensTotal ?? 0);
    this.#promptTokensTotal = total;
    if (tokens < 0) this.#prefilling.length = 0;
    for (let next = this.#prefilling[0]; next !== undefined && tokens > 0; next = this.#prefilling[0]) {
      tokens -= next.promptTokens;
      this.#prefilling.shift();
      if (tokens < (this.#prefilling[0]?.promptTokens ?? 0) / 2) break;
    }
  }

  /** Servers start first come first served: of those the reading can know, the last `waiting` have not begun. */
  #markStarted(reading: Reading, sentAtMs: number): void {
    const known: Lease[] = [];
    for (const lease of this.#leases.values()) {
      if (lease.startedAtToken === undefined && lease.chargedAtMs < sentAtMs) known.push(lease);
    }
    this.#startWindow.read(known.length, reading.waiting);
    const token = this.decodeClock.at(sentAtMs);
    for (const lease of known.slice(0, Math.max(0, known.length - reading.waiting))) {
      lease.startedAtToken = token;
      this.#unstarted--;
      if (reading.promptTokensTotal !== undefined) this.#prefilling.push(lease);
      this.#started = { requests: this.#started.requests + 1, bytes: this.#started.bytes + lease.promptBytes };
    }
  }

  #unexplainedTokens(reading: Reading, atMs: number): number {
    const { kvCacheUtil, cache, running, waiting, generationTokensTotal } = reading;
    if (kvCacheUtil === undefined || cache === undefined || running + waiting === 0) return 0;
    let ours = 0;
    for (const lease of this.#leases.values()) {
      if (lease.startedAtToken === undefined) continue;
      // Without the counter nothing tells how far it is: what is expected of it in the end explains the most.
      const produced = generationTokensTotal === undefined ? lease.outputTokens : this.producedTokens(lease, atMs);
      ours += lease.promptTokens + produced;
    }
    return Math.max(0, kvCacheUtil * cache.blocks * cache.blockSize - ours);
  }

  /** Tokens that the request has probably produced, over all its answers. */
  producedTokens(lease: Lease, nowMs: number): number {
    if (lease.startedAtToken === undefined) return 0;
    const produced = (this.decodeClock.at(nowMs) - lease.startedAtToken) * lease.answers;
    return Math.min(Math.max(0, produced), lease.outputLimit ?? Number.POSITIVE_INFINITY);
  }
}
