/** Short forms of what flow control and scheduling see. */
import { type Ask, defaultFlow } from "../../src/picker/flow/ask.ts";
import type { Moment } from "../../src/picker/flow/ports.ts";
import type { Charge } from "../../src/pool/ledger-lease.ts";
import type { Reading } from "../../src/pool/reading.ts";
import { ModelServer } from "../../src/pool/server.ts";

export const wallStartMs = 1_700_000_000_000;

/** `ms` after the start, by both clocks. */
export function at(ms: number): Moment {
  return { monotonicMs: ms, wallMs: wallStartMs + ms };
}

/** `atMs`: when it came to the proxy, after the start. */
export function makeAsk(id: string, { atMs = 0, ...change }: Partial<Ask> & { readonly atMs?: number } = {}): Ask {
  return {
    id,
    requestTimeMs: wallStartMs + atMs,
    pool: "v1/default/pool",
    model: "m",
    target: "m",
    priority: 0,
    flow: defaultFlow,
    bytes: 400,
    answers: 1,
    routeTimeoutMs: 0,
    ...change,
  };
}

export function makeCharge(id: string, change: Partial<Charge> = {}): Charge {
  return { id, model: "m", priority: 0, promptBytes: 400, promptTokens: 100, outputTokens: 100, answers: 1, ...change };
}

/** 1,600 tokens of cache. */
export function makeReading(change: Partial<Reading> = {}): Reading {
  return { waiting: 0, running: 0, kvCacheUtil: 0, cache: { blockSize: 16, blocks: 100 }, ...change };
}

/** Ready and read at time 0. */
export function makeServer(host = 1, reading: Reading | undefined = makeReading()): ModelServer {
  const server = new ModelServer(`10.0.0.${host}:8000`);
  server.setState("ready");
  server.read(reading, 0);
  return server;
}
