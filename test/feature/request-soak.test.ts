/** Many short requests on few connections, and requests that share an id: nothing is lost, mixed up or left over. */
import assert from "node:assert/strict";
import { Agent, request as httpRequest } from "node:http";
import { after, before, describe, it } from "node:test";
import type { QueueState } from "../../src/picker/messages.ts";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";

const requests = 20_000;
const clients = 32;

describe("a gateway in use", () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await TestGateway.start({
      servers: 3,
      stub: { cacheTokens: 10_000_000 },
      annotations: { "antechamber.dev/max-concurrency": "100", "antechamber.dev/hold-back": "0" },
    });
  });
  after(() => gateway.stop());

  const proxies = () =>
    gateway.ante.api<readonly { nodeId: string; acknowledgedSequence: number; process: { restarts: number } }[]>(
      "/api/v1/proxies",
    );
  const known = async () =>
    (await proxies()).map(({ nodeId, acknowledgedSequence, process }) => [
      nodeId,
      acknowledgedSequence,
      process.restarts,
    ]);

  it(`serves ${requests} short requests on ${clients} connections`, async () => {
    const before = await known();
    const agent = new Agent({ keepAlive: true, maxSockets: clients });
    const statuses = new Map<number, number>();
    let left = requests;
    const client = async (model: string): Promise<void> => {
      while (left-- > 0) {
        const status = await post(gateway.port, agent, model);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(
      Array.from({ length: clients }, (_, index) => client(index % 2 === 0 ? "qwen" : "travel-helper")),
    );
    agent.destroy();
    assert.deepEqual([...statuses], [[200, requests]]);
    await gateway.idle();

    // Envoy's own counters: no call to the picker failed, none had to be repeated.
    const ofPicker = 'envoy_cluster_name="antechamber-picker"';
    for (const name of ["upstream_rq_rx_reset", "upstream_rq_retry", "upstream_cx_destroy_remote", "upstream_rq_5xx"]) {
      assert.equal(await gateway.metric(`envoy_cluster_${name}`, ofPicker, "/metrics/envoy"), 0, name);
    }
    assert.ok((await gateway.metric("envoy_cluster_upstream_rq_total", ofPicker, "/metrics/envoy")) >= requests);
    await eventually("the access log", () => (accessLines().length >= requests ? true : undefined), {
      timeoutMs: 15_000,
    });
    assert.deepEqual([...new Set(accessLog().map((line) => line["response_code_details"]))], ["via_upstream"]);
    assert.deepEqual(await known(), before);
    const [queue] = await gateway.ante.api<readonly QueueState[]>("/api/v1/queues");
    assert.deepEqual(queue?.outcomes, { placed: requests });
  });

  it("keeps requests apart that carry the same x-request-id", async () => {
    for (const server of gateway.servers) {
      server.received.length = 0;
      server.answerAtOnce = false;
    }
    await gateway.annotate({ "antechamber.dev/max-concurrency": "4", "antechamber.dev/hold-back": "0" });
    const headers = { "x-request-id": "5a7c3b1e-0000-4000-8000-000000000000" };
    const answers = Array.from({ length: 30 }, (_, index) =>
      gateway.completion("qwen", { prompt: String(index) }, { headers }),
    );
    await gateway.waitingIs(18);
    const leaving = new AbortController();
    const left = gateway.completion("qwen", {}, { headers, signal: leaving.signal }).catch(() => {});
    await gateway.waitingIs(19);
    leaving.abort();
    await left;
    await gateway.waitingIs(18);

    for (const server of gateway.servers) {
      server.answerAtOnce = true;
      server.answerAll();
    }
    for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
    const prompts = gateway.servers.flatMap(({ received }) => received).map(({ body }) => JSON.parse(body).prompt);
    assert.equal(new Set(prompts).size, 30);
    assert.equal(prompts.length, 30);
    await gateway.idle();
  });

  function accessLines(): readonly string[] {
    return gateway.ante.stdout.filter((line) => line.startsWith("{"));
  }

  function accessLog(): readonly Readonly<Record<string, unknown>>[] {
    return accessLines().map((line) => JSON.parse(line));
  }
});

function post(port: number, agent: Agent, model: string): Promise<number> {
  return new Promise((done, fail) => {
    const body = `{"model":"${model}","prompt":"x","max_tokens":1}`;
    const outgoing = httpRequest(
      {
        host: "127.0.0.1",
        port,
        path: "/v1/completions",
        method: "POST",
        agent,
        headers: { "content-type": "application/json", "content-length": body.length },
      },
      (answer) => {
        answer.resume();
        answer.on("end", () => done(answer.statusCode ?? 0)).on("error", fail);
      },
    );
    outgoing.on("error", fail);
    outgoing.end(body);
  });
}
