import type { Sample } from "./workload.ts";

export interface Target {
  /** Origin, without a path. */
  readonly baseUrl: URL;
  /** Path of the API; one that ends in `/chat/completions` gets messages. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly ignoreEos: boolean;
}

/** The model is named in the body and nowhere else, as the vLLM benchmark does. */
export function requestBody(target: Target, model: string, sample: Sample): string {
  const asked = target.endpoint.endsWith("/chat/completions")
    ? { messages: [{ role: "user", content: sample.prompt }], max_completion_tokens: sample.outputTokens }
    : { prompt: sample.prompt, max_tokens: sample.outputTokens };
  return JSON.stringify({
    model,
    ...asked,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
    ...(target.ignoreEos ? { ignore_eos: true } : {}),
  });
}
