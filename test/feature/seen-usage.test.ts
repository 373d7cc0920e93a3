/** Token counts that a real Envoy reads from answers: streams go on as streams, and the picker learns from them. */
import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { after, before, beforeEach, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import type { ReceivedRequest } from "../helpers/stub-server.ts";

interface Decisions {
  readonly decisions: readonly { readonly model: string; readonly expected?: { readonly outputTokens: number } }[];
}

const usage = (prompt: number, completion: number): string =>
  JSON.stringify({ choices: [{ text: "ok" }], usage: { prompt_tokens: prompt, completion_tokens: completion } });

describe("token counts in answers, of a pool that wants them", () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await TestGateway.start({
      stub: { answerAtOnce: false },
      annotations: { "antechamber.dev/token-usage": "true" },
      args: ["--access-log", "stdout"],
    });
  });
  after(() => gateway.stop());
  beforeEach(() => {
    for (const server of gateway.servers) server.received.length = 0;
    gateway.ante.stdout.length = 0;
  });

  const received = (): Promise<ReceivedRequest> =>
    eventually("a request at the server", () => gateway.servers[0]?.received[0]);
  const logged = (): Promise<Record<string, unknown>> =>
    eventually("a line of the access log", () => {
      const line = gateway.ante.stdout.find((each) => each.includes("/v1/completions"));
      return line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>);
    });
  const outputTokens = (): Promise<number> =>
    gateway.metric("llm_d_epp_request_output_tokens_sum", 'target_model_name="qwen"');

  it("are read from one JSON object, into the access log and the metrics", async () => {
    const before = await outputTokens();
    const answer = gateway.completion("qwen");
    (await received()).answer(usage(120, 34));
    assert.equal((await answer).body, usage(120, 34));
    const line = await logged();
    assert.deepEqual([line["prompt_tokens"], line["completion_tokens"]], [120, 34]);
    await eventually("the metric", async () => ((await outputTokens()) === before + 34 ? true : undefined));
  });

  it("are read from the events of a stream, which comes to the client piece by piece", async () => {
    const pieces: string[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      const body = JSON.stringify({ model: "qwen", stream: true });
      const outgoing = httpRequest(
        {
          ...{ host: "127.0.0.1", port: gateway.port, method: "POST", path: "/v1/completions", agent: false },
          headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
        },
        (incoming) => {
          incoming.setEncoding("utf8").on("data", (piece: string) => pieces.push(piece));
          incoming.on("end", resolve).on("error", reject);
        },
      );
      outgoing.on("error", reject).end(body);
    });
    const server = await received();
    const events = ["one", "two", "three"].map((text) => `data: {"choices":[{"text":"${text}"}],"usage":null}\n\n`);
    let sent = "";
    for (const event of events) {
      server.write(event);
      sent += event;
      await eventually(`"${event.trim()}" at the client`, () => (pieces.join("") === sent ? true : undefined));
    }
    server.write(`data: ${usage(7, 3)}\n\n`);
    server.answer("data: [DONE]\n\n");
    await ended;
    assert.equal(pieces.join(""), `${sent}data: ${usage(7, 3)}\n\ndata: [DONE]\n\n`);
    const line = await logged();
    assert.deepEqual([line["prompt_tokens"], line["completion_tokens"]], [7, 3]);
  });

  it("are read as the Responses API spells them, in both forms", async () => {
    const first = gateway.completion("qwen");
    (await received()).answer('{"usage":{"input_tokens":11,"output_tokens":5}}');
    await first;
    let line = await logged();
    assert.deepEqual([line["prompt_tokens"], line["completion_tokens"]], [11, 5]);

    for (const server of gateway.servers) server.received.length = 0;
    gateway.ante.stdout.length = 0;
    const second = gateway.completion("qwen");
    const server = await received();
    server.write('event: response.completed\ndata: {"response":{"usage":{"input_tokens":12,"output_tokens":6}}}\n\n');
    server.answer("");
    await second;
    line = await logged();
    assert.deepEqual([line["prompt_tokens"], line["completion_tokens"]], [12, 6]);
  });

  it("teach the picker how long the answers of a model are", async () => {
    for (let i = 0; i < 4; i++) {
      for (const server of gateway.servers) server.received.length = 0;
      const answer = gateway.completion("travel-helper", { max_tokens: undefined });
      (await received()).answer(usage(10, 77));
      await answer;
      await gateway.idle();
    }
    for (const server of gateway.servers) server.received.length = 0;
    const answer = gateway.completion("travel-helper", { max_tokens: undefined });
    (await received()).answer(usage(10, 77));
    await answer;
    const { decisions } = await gateway.ante.api<Decisions>("/api/v1/decisions?limit=1");
    assert.equal(decisions[0]?.model, "travel-helper");
    assert.equal(decisions[0].expected?.outputTokens, 77);
  });

  it("cost nothing of an answer that has none, that is no JSON, or that is large", async () => {
    const large = JSON.stringify({ data: "x".repeat(5 * 2 ** 20), usage: { prompt_tokens: 9, completion_tokens: 1 } });
    for (const body of ['{"choices":[]}', "no JSON at all", large]) {
      for (const server of gateway.servers) server.received.length = 0;
      const answer = gateway.completion("qwen");
      (await received()).answer(body);
      const { status, body: got } = await answer;
      assert.equal(status, 200);
      assert.equal(got, body);
    }
  });
});

describe("token counts in answers, of a pool that does not want them", () => {
  it("are not read", async () => {
    const gateway = await TestGateway.start({ stub: { answerAtOnce: false }, args: ["--access-log", "stdout"] });
    try {
      const answer = gateway.completion("qwen");
      const request = await eventually("a request at the server", () => gateway.servers[0]?.received[0]);
      request.answer(usage(120, 34));
      assert.equal((await answer).body, usage(120, 34));
      const line = await eventually("a line of the access log", () =>
        gateway.ante.stdout.find((each) => each.includes("/v1/completions")),
      );
      const { prompt_tokens, completion_tokens } = JSON.parse(line) as Record<string, unknown>;
      assert.deepEqual([prompt_tokens ?? null, completion_tokens ?? null], [null, null]);
      assert.equal(await gateway.metric("llm_d_epp_request_output_tokens_sum"), 0);
    } finally {
      await gateway.stop();
    }
  });
});
