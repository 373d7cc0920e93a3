/** How a running gateway ends, and that nothing of it stays. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isProcessAlive } from "../../src/infra/process/process-alive.ts";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { envoyOf } from "../helpers/proxies.ts";

describe("a running gateway", () => {
  async function withRunningRequest() {
    const gateway = await TestGateway.start({ servers: 1, stub: { answerAtOnce: false } });
    const [server] = gateway.servers;
    assert.ok(server !== undefined);
    const answer = gateway.completion("qwen").then(
      ({ status }) => status,
      (error: Error) => error.message,
    );
    await eventually("the request at the server", () => server.received[0]);
    const { pid } = await envoyOf(gateway.ante);
    const { child } = gateway.ante;
    return { gateway, server, answer, envoy: pid, child, ended: gateway.ante.exited };
  }
  const goneWithin = (pid: number, timeoutMs: number) =>
    eventually(`the end of Envoy ${pid}`, () => (isProcessAlive(pid) ? undefined : true), { timeoutMs });

  it("leaves no Envoy behind when it is killed", async () => {
    const { gateway, child, envoy, answer, ended } = await withRunningRequest();
    child.kill("SIGKILL");
    await ended;
    await goneWithin(envoy, 2_000);
    await answer;
    await gateway.stop();
  });

  it("lets a running request end after Ctrl-C, takes no new one, and exits with 0", async () => {
    const { gateway, server, child, envoy, answer, ended } = await withRunningRequest();
    child.kill("SIGINT");
    await gateway.ante.line("draining");
    // The second signal of one Ctrl-C, which npm passes on as well.
    child.kill("SIGINT");
    await eventually("no new connection", () =>
      gateway.ask({ path: "/v1/models" }).then(
        () => undefined,
        () => true,
      ),
    );
    server.answerAll();
    assert.equal(await answer, 200);
    assert.equal(await ended, 0);
    assert.equal(isProcessAlive(envoy), false);
    await gateway.stop();
  });

  it("ends at once when Ctrl-C is pressed again", async () => {
    const { gateway, child, envoy, answer, ended } = await withRunningRequest();
    child.kill("SIGINT");
    await gateway.ante.line("draining");
    await new Promise((wake) => setTimeout(wake, 600));
    const startedMs = performance.now();
    child.kill("SIGINT");
    assert.notEqual(await ended, 0);
    assert.ok(performance.now() - startedMs < 1_500);
    assert.equal(isProcessAlive(envoy), false);
    assert.equal(typeof (await answer), "string", "the connection broke");
    await gateway.stop();
  });
});
