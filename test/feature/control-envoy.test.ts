/** An Envoy that dies is started again; nothing of it stays in the gateway's books. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import type { TestGateway } from "../helpers/gateway.ts";
import { envoyOf } from "../helpers/proxies.ts";
import { startNarrowGateway } from "../helpers/waiting-requests.ts";

describe("an Envoy that is killed", () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await startNarrowGateway({ servers: 1, stub: { answerAtOnce: true } });
  });
  after(() => gateway.stop());

  it("is started again, says so, and serves", async () => {
    const { pid } = await envoyOf(gateway.ante);
    process.kill(pid, "SIGKILL");
    const line = await gateway.ante.line("Envoy ended and is started again");
    assert.match(String(line["reason"]), /SIGKILL/);
    await eventually("another Envoy", async () => ((await envoyOf(gateway.ante)).pid === pid ? undefined : true));
    assert.equal((await gateway.completion("qwen")).status, 200);
  });

  it("leaves nothing in the queue and holds no server's room", async () => {
    const [server] = gateway.servers;
    assert.ok(server !== undefined);
    server.answerAtOnce = false;
    const lost = [1, 2, 3].map(() => gateway.completion("qwen").catch((error: Error) => error.message));
    await gateway.waitingIs(2);
    const { pid } = await envoyOf(gateway.ante);
    process.kill(pid, "SIGKILL");
    for (const outcome of await Promise.all(lost)) assert.equal(typeof outcome, "string", "the connection broke");
    await gateway.waitingIs(0);
    server.answerAtOnce = true;
    await eventually("another Envoy", async () => ((await envoyOf(gateway.ante)).pid === pid ? undefined : true));
    // The server's readings no longer have the request, so that its room is free again after a few seconds.
    assert.equal((await gateway.completion("qwen")).status, 200);
  });
});
