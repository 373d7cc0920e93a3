import type { ServerResponse } from "node:http";
import type { Clock } from "../lib/clock.ts";
import { type AnswerFormat, answerFormat, type Usage } from "./api/answer.ts";
import { EventStream } from "./api/event-stream.ts";
import type { GenerationRequest } from "./api/generation-request.ts";
import type { Prompt } from "./api/prompt.ts";
import type { Engine } from "./engine.ts";
import { prefixHashes } from "./prefix-hashes.ts";
import type { RequestMetrics } from "./request-metrics.ts";

export interface GenerationPorts {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly metrics: RequestMetrics;
  /** Tokens after which the connection breaks. */
  readonly dieAfterTokens: number | undefined;
}

/** Runs each answer of a request as a sequence of its own and writes them to the response, which must be untouched. */
export function runGeneration(
  id: string,
  request: GenerationRequest,
  response: ServerResponse,
  ports: GenerationPorts,
): void {
  const created = Math.floor(ports.clock.wallMs() / 1_000);
  const format = answerFormat(request.kind, { id, created, model: request.model });
  const writer = request.stream ? streamWriter(request, response, format) : wholeWriter(request, response, format);
  const choices = request.prompts.flatMap((prompt) => Array.from({ length: request.n }, () => prompt));
  let running = choices.length;
  let generatedInAll = 0;
  const cancels = choices.map((prompt, choice) =>
    submit(request, prompt, ports, {
      onToken(generated) {
        generatedInAll++;
        if (generatedInAll > (ports.dieAfterTokens ?? Number.POSITIVE_INFINITY)) response.destroy();
        else writer.token(choice, generated);
      },
      onEnd() {
        running--;
        if (running === 0 && !response.destroyed) writer.end();
      },
    }),
  );
  response.on("close", () => {
    for (const cancel of cancels) cancel();
  });
}

interface Listener {
  onToken(generated: number): void;
  onEnd(): void;
}

function submit(request: GenerationRequest, prompt: Prompt, ports: GenerationPorts, listener: Listener) {
  const { clock, engine, metrics } = ports;
  const { lora, outputTokens } = request;
  const startMs = clock.monotonicMs();
  const seconds = (): number => (clock.monotonicMs() - startMs) / 1_000;
  return engine.submit(
    {
      promptTokens: prompt.tokens,
      maxTokens: outputTokens,
      ...(lora === undefined ? {} : { lora }),
      ...(engine.capacity.prefixCaching ? { prefixHashes: prefixHashes(prompt, engine.capacity.blockSize) } : {}),
    },
    {
      onToken(generated) {
        if (generated === 1) metrics.firstToken(seconds());
        listener.onToken(generated);
      },
      onEnd() {
        metrics.completed(seconds(), prompt.tokens, outputTokens);
        listener.onEnd();
      },
    },
  );
}

interface Writer {
  token(choice: number, generated: number): void;
  end(): void;
}

function streamWriter(request: GenerationRequest, response: ServerResponse, format: AnswerFormat): Writer {
  const events = new EventStream(response);
  const { outputTokens, finishReason, includeUsage } = request;
  return {
    token(choice, generated) {
      events.send(format.chunk(choice, generated - 1, generated === outputTokens ? finishReason : undefined));
    },
    end() {
      events.end(includeUsage ? format.usageChunk(usageOf(request)) : "");
    },
  };
}

function wholeWriter(request: GenerationRequest, response: ServerResponse, format: AnswerFormat): Writer {
  return {
    token() {},
    end() {
      const choices = request.prompts.length * request.n;
      const body = format.whole(choices, request.outputTokens, request.finishReason, usageOf(request));
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
      response.end(body);
    },
  };
}

function usageOf({ prompts, n, outputTokens }: GenerationRequest): Usage {
  return {
    promptTokens: prompts.reduce((sum, prompt) => sum + prompt.tokens, 0),
    completionTokens: prompts.length * n * outputTokens,
  };
}
