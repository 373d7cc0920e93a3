import type { ApiKind } from "./generation-request.ts";

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export type FinishReason = "length" | "stop";

/** The texts of one request's answer. What does not change from token to token is built once. */
export interface AnswerFormat {
  /** One server-sent event with one token. */
  chunk(choice: number, token: number, finishReason: FinishReason | undefined): string;
  usageChunk(usage: Usage): string;
  whole(choices: number, tokens: number, finishReason: FinishReason, usage: Usage): string;
}

export interface AnswerHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

export const endOfStream = "data: [DONE]\n\n";

const words = (
  "the of a to in is that it was for on are with as be at one have this from by hot word but what some we can out " +
  "other were all there when up use your how said an each she"
).split(" ");

/** The text of one generated token. */
export function word(token: number): string {
  return ` ${words[token % words.length]}`;
}

export function answerFormat(kind: ApiKind, head: AnswerHead): AnswerFormat {
  return kind === "chat" ? chatFormat(head) : completionFormat(head);
}

function completionFormat({ id, created, model }: AnswerHead): AnswerFormat {
  const head = { id: `cmpl-${id}`, object: "text_completion", created, model };
  const start = `data: ${JSON.stringify(head).slice(0, -1)},"choices":[{"index":`;
  return {
    chunk: (choice, token, finishReason) =>
      `${start}${choice},"text":"${word(token)}","logprobs":null,"finish_reason":${quoted(finishReason)}}]}\n\n`,
    usageChunk: (usage) => event({ ...head, choices: [], usage: usageFields(usage) }),
    whole: (choices, tokens, finishReason, usage) =>
      JSON.stringify({
        ...head,
        choices: indexes(choices).map((index) => ({
          index,
          text: text(tokens),
          logprobs: null,
          finish_reason: finishReason,
        })),
        usage: usageFields(usage),
      }),
  };
}

function chatFormat({ id, created, model }: AnswerHead): AnswerFormat {
  const head = { id: `chatcmpl-${id}`, object: "chat.completion.chunk", created, model };
  const start = `data: ${JSON.stringify(head).slice(0, -1)},"choices":[{"index":`;
  return {
    chunk: (choice, token, finishReason) => {
      const role = token === 0 ? `"role":"assistant",` : "";
      return `${start}${choice},"delta":{${role}"content":"${word(token)}"},"finish_reason":${quoted(finishReason)}}]}\n\n`;
    },
    usageChunk: (usage) => event({ ...head, choices: [], usage: usageFields(usage) }),
    whole: (choices, tokens, finishReason, usage) =>
      JSON.stringify({
        ...head,
        object: "chat.completion",
        choices: indexes(choices).map((index) => ({
          index,
          message: { role: "assistant", content: text(tokens) },
          finish_reason: finishReason,
        })),
        usage: usageFields(usage),
      }),
  };
}

function usageFields({ promptTokens, completionTokens }: Usage) {
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + completionTokens,
    completion_tokens: completionTokens,
  };
}

function text(tokens: number): string {
  return indexes(tokens).map(word).join("");
}

function indexes(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function event(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function quoted(finishReason: FinishReason | undefined): string {
  return finishReason === undefined ? "null" : `"${finishReason}"`;
}
