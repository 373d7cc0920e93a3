import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { post, startSim } from "./start-sim.ts";
import { until } from "./until.ts";

interface Chunk {
  readonly id: string;
  readonly object: string;
  readonly choices: readonly {
    readonly index: number;
    readonly text?: string;
    readonly delta?: { readonly role?: string; readonly content: string };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: object;
}

async function events(response: Response): Promise<readonly Chunk[]> {
  const parts = (await response.text()).split("\n\n");
  assert.deepEqual(parts.slice(-2), ["data: [DONE]", ""]);
  return parts.slice(0, -2).map((part) => {
    assert.ok(part.startsWith("data: "), part);
    return JSON.parse(part.slice("data: ".length)) as Chunk;
  });
}

test("a completion has its text, its usage and its reason to end", async (t) => {
  const server = await startSim(t);
  const response = await post(`${server.url}/v1/completions`, { model: "qwen", prompt: "x".repeat(40), max_tokens: 5 });
  assert.equal(response.status, 200);
  const body = (await response.json()) as Chunk;
  assert.equal(body.object, "text_completion");
  assert.equal(body.choices[0]?.text?.trim().split(" ").length, 5);
  assert.equal(body.choices[0]?.finish_reason, "length");
  assert.deepEqual(body.usage, { prompt_tokens: 10, total_tokens: 15, completion_tokens: 5 });
});

test("a streamed completion has an event for each token, then usage, then the end", async (t) => {
  const server = await startSim(t);
  const response = await post(`${server.url}/v1/completions`, {
    model: "qwen",
    prompt: [1, 2, 3],
    max_tokens: 4,
    stream: true,
    stream_options: { include_usage: true },
  });
  assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  const chunks = await events(response);
  assert.equal(chunks.length, 5);
  assert.deepEqual(
    chunks.map((chunk) => chunk.choices[0]?.finish_reason),
    [null, null, null, "length", undefined],
  );
  assert.deepEqual(chunks[4]?.usage, { prompt_tokens: 3, total_tokens: 7, completion_tokens: 4 });
  assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1);
});

test("a streamed chat begins with the role", async (t) => {
  const server = await startSim(t);
  const messages = [{ role: "user", content: "hi" }];
  const chunks = await events(
    await post(`${server.url}/v1/chat/completions`, { model: "qwen", messages, max_tokens: 2, stream: true }),
  );
  assert.deepEqual(
    chunks.map((chunk) => [chunk.object, chunk.choices[0]?.delta?.role]),
    [
      ["chat.completion.chunk", "assistant"],
      ["chat.completion.chunk", undefined],
    ],
  );
});

test("several prompts and several answers to each are choices of one answer", async (t) => {
  const server = await startSim(t);
  const body = { model: "qwen", prompt: ["a", "b"], n: 2, max_tokens: 3 };
  const whole = (await (await post(`${server.url}/v1/completions`, body)).json()) as Chunk;
  assert.deepEqual(
    whole.choices.map((choice) => choice.index),
    [0, 1, 2, 3],
  );
  const chunks = await events(await post(`${server.url}/v1/completions`, { ...body, stream: true }));
  assert.equal(chunks.length, 12);
  assert.equal(server.stats().finished, 8);
});

test("the models are the base and its adapters", async (t) => {
  const server = await startSim(t);
  const list = (await (await fetch(`${server.url}/v1/models`)).json()) as { data: { id: string; parent: unknown }[] };
  assert.deepEqual(
    list.data.map(({ id, parent }) => [id, parent]),
    [
      ["qwen", null],
      ["travel-helper-v1", "qwen"],
    ],
  );
});

test("errors are OpenAI's JSON", async (t) => {
  const server = await startSim(t);
  const unknown = await post(`${server.url}/v1/completions`, { model: "gpt", prompt: "x" });
  assert.equal(unknown.status, 404);
  assert.deepEqual(await unknown.json(), {
    error: { message: "The model `gpt` does not exist.", type: "NotFoundError", param: "model", code: 404 },
  });
  assert.equal((await post(`${server.url}/v1/completions`, "{")).status, 400);
  assert.equal((await fetch(`${server.url}/nothing`)).status, 404);
});

test("health, version and metrics answer", async (t) => {
  const server = await startSim(t);
  await (await post(`${server.url}/v1/completions`, { model: "qwen", prompt: "x", max_tokens: 3 })).text();
  assert.equal((await fetch(`${server.url}/health`)).status, 200);
  assert.equal((await fetch(`${server.url}/version`)).status, 200);
  const page = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(page, /^vllm:generation_tokens_total\{.*\} 3$/m);
  assert.match(page, /^vllm:request_generation_tokens_sum\{.*\} 3$/m);
  assert.match(page, /^vllm:time_to_first_token_seconds_count\{.*\} 1$/m);
});

test("a client that leaves frees its place", async (t) => {
  const server = await startSim(t);
  const abort = new AbortController();
  const response = await post(
    `${server.url}/v1/completions`,
    { model: "qwen", prompt: "x", max_tokens: 30_000, stream: true },
    abort.signal,
  );
  const reader = response.body?.getReader();
  await reader?.read();
  assert.equal(server.stats().running, 1);
  abort.abort();
  await until(() => server.stats().running === 0);
  assert.equal(server.stats().finished, 0);
  assert.equal(server.stats().kvUsage, 0);
});

test("a client that reads late gets every event", async (t) => {
  const server = await startSim(t);
  const body = JSON.stringify({ model: "qwen", prompt: "x", n: 100, max_tokens: 300, stream: true });
  const socket = connect({ host: "127.0.0.1", port: server.port });
  t.after(() => socket.destroy());
  socket.pause();
  socket.write(`POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  await until(() => server.stats().finished === 100);
  let text = "";
  socket.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    if (text.includes("[DONE]")) socket.end();
  });
  socket.resume();
  await new Promise((resolve) => socket.on("close", resolve));
  assert.equal(text.match(/"finish_reason"/g)?.length, 30_000);
});

test("faults come and go while the server runs", async (t) => {
  const server = await startSim(t);
  const completion = { model: "qwen", prompt: "x", max_tokens: 10, stream: true };
  const fault = async (faults: unknown): Promise<number> => (await post(`${server.url}/sim/fault`, faults)).status;

  assert.equal(await fault({ status: 503 }), 204);
  assert.equal((await post(`${server.url}/v1/completions`, completion)).status, 503);
  assert.equal((await fetch(`${server.url}/metrics`)).status, 200);

  assert.equal(await fault({ dieAfterTokens: 3 }), 204);
  const dying = await post(`${server.url}/v1/completions`, completion);
  assert.equal(dying.status, 200);
  await assert.rejects(dying.text());
  await until(() => server.stats().running === 0);

  assert.equal(await fault({ metrics: "hang" }), 204);
  await assert.rejects(fetch(`${server.url}/metrics`, { signal: AbortSignal.timeout(50) }));

  assert.equal(await fault({ metrics: "foreign" }), 204);
  assert.doesNotMatch(await (await fetch(`${server.url}/metrics`)).text(), /vllm/);

  assert.equal(await fault({ nonsense: 1 }), 400);
  assert.equal(await fault({}), 204);
  assert.equal((await events(await post(`${server.url}/v1/completions`, completion))).length, 10);
});

test("a server that refuses connections comes back on its port", async (t) => {
  const server = await startSim(t);
  await post(`${server.url}/sim/fault`, { refuseMs: 100 });
  await until(
    async () =>
      await fetch(`${server.url}/health`).then(
        () => false,
        () => true,
      ),
  );
  await until(
    async () =>
      await fetch(`${server.url}/health`).then(
        () => true,
        () => false,
      ),
  );
});

test("a taken port is an error of the start", async (t) => {
  const server = await startSim(t);
  await assert.rejects(startSim(t, { port: server.port }), { code: "EADDRINUSE" });
});
