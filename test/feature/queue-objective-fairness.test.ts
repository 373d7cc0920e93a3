/** Clients that the pool tells apart share its servers, and who has waited too long is not passed by for ever. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { Http2Client } from "../helpers/http2.ts";
import { metricsOf } from "../helpers/metrics.ts";
import type { StubServer } from "../helpers/stub-server.ts";

const oneRoom = {
  "antechamber.dev/max-concurrency": "1",
  "antechamber.dev/hold-back": "0",
  "antechamber.dev/trust-client-fairness": "true",
};

describe("a pool with room for one", () => {
  let gateway: TestGateway;
  let server: StubServer;
  let http2: Http2Client;

  before(async () => {
    gateway = await TestGateway.start({
      stub: { cacheTokens: 10_000_000, answerAtOnce: false },
      annotations: oneRoom,
      args: ["--access-log", "off"],
    });
    server = gateway.servers[0] as StubServer;
    http2 = new Http2Client(gateway.port);
  });
  after(async () => {
    http2.close();
    await gateway.stop();
  });

  const occupy = async (): Promise<void> => {
    server.answerAtOnce = false;
    server.received.length = 0;
    void gateway.completion("qwen", { prompt: "occupier" });
    await eventually("the occupier at the server", () => (server.running === 1 ? true : undefined));
  };
  /** Prompts in the order in which they were served. */
  const served = async (answers: readonly Promise<{ readonly status: number }>[]): Promise<readonly string[]> => {
    server.answerAtOnce = true;
    server.answerAll();
    for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
    const prompts = server.received.slice(1).map(({ body }): string => JSON.parse(body).prompt);
    await gateway.idle();
    return prompts;
  };

  it("gives a client its turn behind another's many requests", async () => {
    await occupy();
    const ask = (flow: string) =>
      gateway.completion("qwen", { prompt: flow }, { headers: { "x-llm-d-inference-fairness-id": flow } });
    const many = Array.from({ length: 12 }, () => ask("many"));
    await gateway.waitingIs(12);
    const few = Array.from({ length: 2 }, () => ask("few"));
    await gateway.waitingIs(14);
    const order = await served([...many, ...few]);
    assert.equal(order.length, 14);
    assert.ok(order.lastIndexOf("few") < 6, order.join(" "));
  });

  it("serves a lower level ahead once it has waited for the bound, with at most its share", async () => {
    const bound = { "antechamber.dev/starvation-bound": "500ms", "antechamber.dev/starvation-share": "0.25" };
    await gateway.annotate({ ...oneRoom, ...bound });
    await occupy();
    const low = Array.from({ length: 2 }, () => http2.completion("travel-helper", { prompt: "low" }));
    const high = Array.from({ length: 12 }, () => http2.completion("qwen", { prompt: "high" }));
    await gateway.waitingIs(14);
    await new Promise((wake) => setTimeout(wake, 700));
    const order = await served([...low, ...high]);
    const places = order.flatMap((prompt, place) => (prompt === "low" ? [place] : []));
    assert.deepEqual(places, [0, 4]);
  });

  it("has gauges of all its levels and models while it is idle", async () => {
    const text = await eventually("the gauges of an idle pool", async () => {
      const page = await metricsOf(gateway.ante);
      return /^inference_objective_running_requests\{model_name="qwen"\} 0$/m.test(page) ? page : undefined;
    });
    assert.match(text, /^inference_objective_running_requests\{model_name="travel-helper"\} 0$/m);
    for (const priority of [0, 1]) {
      assert.match(
        text,
        new RegExp(`^llm_d_epp_flow_control_queue_size\\{[^}]*priority="${priority}"[^}]*\\} 0$`, "m"),
      );
    }
  });
});
