import { type ApiError, badRequest, unknownModel } from "./errors.ts";
import { type Prompt, readMessages, readPrompts } from "./prompt.ts";

export type ApiKind = "completion" | "chat";

/** What a body asks for, checked: it can be run as it stands. */
export interface GenerationRequest {
  readonly kind: ApiKind;
  readonly model: string;
  readonly lora: string | undefined;
  readonly prompts: readonly Prompt[];
  /** Answers per prompt. */
  readonly n: number;
  readonly outputTokens: number;
  readonly finishReason: "length" | "stop";
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

export interface ModelNames {
  readonly base: string;
  readonly loras: readonly string[];
}

export interface GenerationLimits {
  readonly models: ModelNames;
  readonly maxModelTokens: number;
  readonly answerTokens: number | undefined;
}

export type ReadResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ApiError };

/** vLLM's default for completions; a chat may fill the context. */
const defaultCompletionTokens = 16;
/** Where a chat names no limit, its answer ends by itself about here. */
const defaultAnswerTokens = 200;
const maxAnswers = 128;

export function readGenerationRequest(
  kind: ApiKind,
  body: string,
  limits: GenerationLimits,
): ReadResult<GenerationRequest> {
  const fields = parseObject(body);
  if (fields === undefined) return refuse(badRequest("Cannot read request: the body is not a JSON object"));
  const { model, stream = false, n = 1, stream_options: streamOptions } = fields;
  const { base, loras } = limits.models;
  if (typeof model !== "string") return refuse(badRequest("Cannot read request: `model` is missing", "model"));
  if (model !== base && !loras.includes(model)) return refuse(unknownModel(model));
  const prompts = kind === "chat" ? readChat(fields.messages) : readPrompts(fields.prompt);
  const promptField = kind === "chat" ? "messages" : "prompt";
  if (prompts === undefined) {
    return refuse(badRequest(`Cannot read request: \`${promptField}\` is missing or malformed`, promptField));
  }
  if (!isCount(n) || n > maxAnswers) return refuse(badRequest(`Cannot read request: \`n\` is not 1 to ${maxAnswers}`));
  const longest = Math.max(...prompts.map(({ tokens }) => tokens));
  const output = readOutput(kind, fields, limits, limits.maxModelTokens - longest);
  if (!output.ok) return output;
  if (longest + output.value.outputTokens > limits.maxModelTokens || output.value.outputTokens < 1) {
    const asked = `${longest} in the ${promptField}, ${output.value.outputTokens} in the completion`;
    return refuse(
      badRequest(`This model's maximum context length is ${limits.maxModelTokens} tokens: ${asked}`, promptField),
    );
  }
  return {
    ok: true,
    value: {
      kind,
      model,
      lora: model === base ? undefined : model,
      prompts,
      n,
      ...output.value,
      stream: stream === true,
      includeUsage: isObject(streamOptions) && streamOptions.include_usage === true,
    },
  };
}

type Output = Pick<GenerationRequest, "outputTokens" | "finishReason">;

function readOutput(kind: ApiKind, fields: Fields, limits: GenerationLimits, contextLeft: number): ReadResult<Output> {
  const asked = fields.max_completion_tokens ?? fields.max_tokens ?? undefined;
  if (asked !== undefined && !isCount(asked)) {
    return refuse(badRequest(`Cannot read request: \`max_tokens\` is not a positive integer`, "max_tokens"));
  }
  const limit = asked ?? (kind === "completion" ? defaultCompletionTokens : contextLeft);
  const natural = limits.answerTokens ?? (asked === undefined ? defaultAnswerTokens : limit);
  if (fields.ignore_eos === true || natural >= limit) {
    return { ok: true, value: { outputTokens: limit, finishReason: "length" } };
  }
  return { ok: true, value: { outputTokens: natural, finishReason: "stop" } };
}

type Fields = Readonly<Record<string, unknown>>;

function readChat(messages: unknown): readonly Prompt[] | undefined {
  const prompt = readMessages(messages);
  return prompt === undefined ? undefined : [prompt];
}

function parseObject(body: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1;
}

function refuse(error: ApiError): { readonly ok: false; readonly error: ApiError } {
  return { ok: false, error };
}
