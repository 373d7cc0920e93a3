import { type Histogram, newHistogram, observe } from "./histogram.ts";

const secondBounds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640];
const tokenBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000];

/** What a server records of each request that it completes. */
export class RequestMetrics {
  readonly #timeToFirstToken = newHistogram("vllm:time_to_first_token_seconds", secondBounds);
  readonly #latency = newHistogram("vllm:e2e_request_latency_seconds", secondBounds);
  readonly #promptTokens = newHistogram("vllm:request_prompt_tokens", tokenBounds);
  readonly #generatedTokens = newHistogram("vllm:request_generation_tokens", tokenBounds);

  get histograms(): readonly Histogram[] {
    return [this.#timeToFirstToken, this.#latency, this.#promptTokens, this.#generatedTokens];
  }

  firstToken(seconds: number): void {
    observe(this.#timeToFirstToken, seconds);
  }

  completed(seconds: number, promptTokens: number, generatedTokens: number): void {
    observe(this.#latency, seconds);
    observe(this.#promptTokens, promptTokens);
    observe(this.#generatedTokens, generatedTokens);
  }
}
