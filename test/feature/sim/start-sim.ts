import { type TestContext } from "node:test";
import { systemClock } from "../../../src/lib/clock.ts";
import { defaultCapacity } from "../../../src/sim/capacity.ts";
import { type SimServer, type SimServerOptions, startSimServer } from "../../../src/sim/server.ts";

/** A server on a free port of loopback whose steps last a few milliseconds; it ends with the test. */
export async function startSim(t: TestContext, changes: Partial<SimServerOptions> = {}): Promise<SimServer> {
  let ids = 0;
  const server = await startSimServer({
    clock: systemClock,
    newId: () => `id-${ids++}`,
    host: "127.0.0.1",
    port: 0,
    models: { base: "qwen", loras: ["travel-helper-v1"] },
    capacity: { ...defaultCapacity, stepBaseMs: 2, stepPerSequenceMs: 0.02, prefillTokensPerMs: 100 },
    metricsVersion: "1.x",
    answerTokens: undefined,
    faults: {},
    ...changes,
  });
  t.after(() => server.stop());
  return server;
}

export function post(url: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}
