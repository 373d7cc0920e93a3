/** Threads that never return to their event loop are noticed by their heartbeat and replaced. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import type { TestGateway } from "../helpers/gateway.ts";
import { watchLiveness } from "../helpers/liveness.ts";
import { startNarrowGateway, WaitingRequests } from "../helpers/waiting-requests.ts";

describe("a blocked control thread and a blocked picker", () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await startNarrowGateway({ servers: 2 });
  });
  after(() => gateway.stop());

  it("are noticed and replaced; no request that waited is lost, and new ones are served", async (context) => {
    const { ante } = gateway;
    const stopLiveness = watchLiveness(ante.admin);
    context.after(stopLiveness);
    const waiting = await WaitingRequests.send(gateway, 20);
    await Promise.all([ante.order("block control"), ante.order("block picker")]);
    const isNoticed = (worker: string) =>
      ante.line("A worker thread ended and is started again", 20_000, (line) => line["worker"] === worker);
    const lines = await Promise.all([isNoticed("control"), isNoticed("picker")]);
    for (const { reason } of lines) assert.match(String(reason), /no heartbeat for 1\d s/);
    // Without a bound Envoy would try again after up to 30 s.
    await eventually("both replaced", () => ante.api("/readyz?verbose"), { timeoutMs: 6_000 });
    await waiting.finish();
    const late = await WaitingRequests.send(gateway, 1);
    await late.finish();
    assert.deepEqual(
      (await stopLiveness()).filter((code) => code !== 200),
      [],
    );
  });
});
