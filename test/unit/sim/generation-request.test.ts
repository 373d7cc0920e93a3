import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ApiKind,
  type GenerationRequest,
  readGenerationRequest,
} from "../../../src/sim/api/generation-request.ts";

const limits = {
  models: { base: "qwen", loras: ["travel-helper-v1"] },
  maxModelTokens: 1_000,
  answerTokens: undefined,
};

function read(body: unknown, kind: ApiKind = "completion", answerTokens?: number) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readGenerationRequest(kind, text, { ...limits, answerTokens });
}

function accepted(body: unknown, kind: ApiKind = "completion", answerTokens?: number): GenerationRequest {
  const result = read(body, kind, answerTokens);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function refused(body: unknown, kind: ApiKind = "completion") {
  const result = read(body, kind);
  assert.ok(!result.ok, JSON.stringify(result));
  return result.error;
}

test("a completion without a limit gives 16 tokens, as vLLM does", () => {
  const request = accepted({ model: "qwen", prompt: "hello" });
  assert.equal(request.outputTokens, 16);
  assert.equal(request.finishReason, "length");
  assert.equal(request.lora, undefined);
  assert.equal(request.stream, false);
});

test("four bytes of text are a token; an array of integers is counted exactly", () => {
  const tokens = (prompt: unknown) => accepted({ model: "qwen", prompt }).prompts.map((each) => each.tokens);
  assert.deepEqual(tokens("x".repeat(400)), [100]);
  assert.deepEqual(tokens("é".repeat(4)), [2]);
  assert.deepEqual(tokens([5, 6, 7]), [3]);
  assert.deepEqual(tokens(["abcd", [1, 2]]), [1, 2]);
});

test("an adapter's name selects the adapter", () => {
  assert.equal(accepted({ model: "travel-helper-v1", prompt: "x" }).lora, "travel-helper-v1");
});

test("a chat without a limit ends by itself; one with a limit is cut there", () => {
  const messages = [{ role: "user", content: [{ type: "text", text: "hi" }] }];
  const free = accepted({ model: "qwen", messages }, "chat");
  assert.deepEqual([free.outputTokens, free.finishReason], [200, "stop"]);
  const cut = accepted({ model: "qwen", messages, max_completion_tokens: 7 }, "chat");
  assert.deepEqual([cut.outputTokens, cut.finishReason], [7, "length"]);
});

test("answers of a set length end there unless the request ignores the end", () => {
  const body = { model: "qwen", prompt: "x", max_tokens: 500 };
  assert.deepEqual(accepted(body, "completion", 50).outputTokens, 50);
  assert.deepEqual(accepted({ ...body, ignore_eos: true }, "completion", 50).outputTokens, 500);
});

test("usage comes with a stream that asks for it", () => {
  const body = { model: "qwen", prompt: "x", stream: true, stream_options: { include_usage: true } };
  assert.equal(accepted(body).includeUsage, true);
  assert.equal(accepted({ ...body, stream_options: undefined }).includeUsage, false);
});

test("an unknown model is 404 in OpenAI's words", () => {
  const error = refused({ model: "gpt", prompt: "x" });
  assert.deepEqual(error, {
    status: 404,
    type: "NotFoundError",
    message: "The model `gpt` does not exist.",
    param: "model",
  });
});

test("what does not fit the context is refused, at its edge", () => {
  assert.equal(accepted({ model: "qwen", prompt: "x".repeat(400), max_tokens: 900 }).outputTokens, 900);
  assert.match(refused({ model: "qwen", prompt: "x".repeat(400), max_tokens: 901 }).message, /maximum context length/);
  const messages = [{ role: "user", content: "x".repeat(4_000) }];
  assert.equal(refused({ model: "qwen", messages }, "chat").status, 400);
});

test("what is malformed is 400", () => {
  for (const body of [
    "{",
    "[]",
    '"qwen"',
    { prompt: "x" },
    { model: "qwen" },
    { model: "qwen", prompt: [] },
    { model: "qwen", prompt: [1, "x", {}] },
    { model: "qwen", prompt: "x", max_tokens: 0 },
    { model: "qwen", prompt: "x", max_tokens: "5" },
    { model: "qwen", prompt: "x", n: 1.5 },
  ]) {
    assert.equal(refused(body).status, 400, JSON.stringify(body));
  }
  assert.equal(refused({ model: "qwen", messages: ["hi"] }, "chat").status, 400);
});
