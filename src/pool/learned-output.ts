/**
 * What requests are expected to cost, in tokens, learned from those that ended. The prompt is estimated from its bytes:
 * four bytes a token (English text in the usual vocabularies) until the servers' usage or counters say better. The
 * output is the limit that the request asks for, but at most the mean learned for its model; where nothing is learned
 * yet, the limit itself, and 512 tokens for a request that names none.
 */
import type { Lease } from "./ledger-lease.ts";
import type { ModelServer } from "./server.ts";

export interface Asked {
  readonly model: string;
  /** 0: unknown. */
  readonly bytes: number;
  readonly outputLimit?: number;
  readonly answers: number;
}

export interface ExpectedTokens {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly outputLimit?: number;
}

/** Token counts of an answer, where it carries them. */
export interface Usage {
  readonly promptTokens?: number;
  readonly completionTokens?: number;
}

const bytesPerTokenUnlearned = 4;
const outputUnlearned = 512;
/** Of a mean: older requests fade as newer ones end. */
const longestMemory = 64;
/** Model names may be clients' own words. */
const mostModels = 1_000;
/** Requests between two looks at a server's prompt counter: its lag behind the starts must not matter. */
const requestsPerCalibration = 16;

export class LearnedTokens {
  readonly #models = new Map<string, { readonly output: FadingMean; readonly bytes: FadingMean }>();
  readonly #bytesPerToken = new FadingMean();
  readonly #counters = new WeakMap<ModelServer, PromptCounters>();

  expect(asked: Asked): ExpectedTokens {
    const learned = this.#models.get(asked.model);
    const answers = Math.max(1, asked.answers);
    const mean = learned?.output.value;
    const limit = asked.outputLimit;
    const output = Math.min(limit ?? mean ?? outputUnlearned, mean ?? Number.POSITIVE_INFINITY);
    const bytes = asked.bytes > 0 ? asked.bytes : (learned?.bytes.value ?? 0);
    return {
      promptTokens: Math.max(1, Math.ceil(bytes / (this.#bytesPerToken.value ?? bytesPerTokenUnlearned))),
      outputTokens: Math.max(1, Math.round(output)) * answers,
      ...(limit === undefined ? {} : { outputLimit: limit * answers }),
    };
  }

  /** A request that was answered in full. Without usage its output is what the server's counters let expect. */
  ended(lease: Lease, server: ModelServer, usage: Usage, nowMs: number): void {
    const output = (usage.completionTokens ?? server.producedTokens(lease, nowMs)) / lease.answers;
    const learned = this.#model(lease.model);
    if (output >= 1) learned.output.add(output);
    if (lease.promptBytes > 0) learned.bytes.add(lease.promptBytes);
    if (usage.promptTokens !== undefined && usage.promptTokens > 0 && lease.promptBytes > 0) {
      this.#bytesPerToken.add(lease.promptBytes / usage.promptTokens);
    }
  }

  /** After a reading: compares the prompts that a server has begun with its own counter of prompt tokens. */
  calibrate(server: ModelServer): void {
    const total = server.reading?.promptTokensTotal;
    if (total === undefined) return;
    const last = this.#counters.get(server);
    const { requests, bytes } = server.started;
    if (last !== undefined && total >= last.total && requests - last.requests < requestsPerCalibration) return;
    this.#counters.set(server, { total, requests, bytes });
    if (last === undefined || total <= last.total || bytes <= last.bytes) return;
    this.#bytesPerToken.add(Math.min(16, Math.max(1, (bytes - last.bytes) / (total - last.total))));
  }

  #model(name: string): { readonly output: FadingMean; readonly bytes: FadingMean } {
    const known = this.#models.get(name) ?? { output: new FadingMean(), bytes: new FadingMean() };
    this.#models.delete(name);
    this.#models.set(name, known);
    if (this.#models.size > mostModels) this.#models.delete(this.#models.keys().next().value as string);
    return known;
  }
}

interface PromptCounters {
  readonly total: number;
  readonly requests: number;
  readonly bytes: number;
}

class FadingMean {
  #count = 0;
  #mean = 0;

  get value(): number | undefined {
    return this.#count === 0 ? undefined : this.#mean;
  }

  add(value: number): void {
    this.#count = Math.min(longestMemory, this.#count + 1);
    this.#mean += (value - this.#mean) / this.#count;
  }
}
