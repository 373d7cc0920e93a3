export interface EngineRequest {
  readonly promptTokens: number;
  /** The answer has exactly this many tokens. */
  readonly maxTokens: number;
  readonly lora?: string;
  /** One hash per whole block of the prompt, each covering all before it; read only with prefix caching. */
  readonly prefixHashes?: readonly string[];
}

/** Told at the end of a step, synchronously; it may submit or cancel. */
export interface EngineListener {
  /** One more token of the answer; `generated` counts from 1. */
  onToken(generated: number): void;
  /** After the last token. Not called for a cancelled request. */
  onEnd(): void;
}

/** A request inside the engine. Only the engine changes it. */
export interface Sequence {
  readonly request: EngineRequest;
  readonly listener: EngineListener;
  state: "waiting" | "running" | "gone";
  generated: number;
  /** Tokens whose keys and values are in the cache. */
  computed: number;
  /** Tokens that the current step computes. */
  scheduled: number;
}

export function newSequence(request: EngineRequest, listener: EngineListener): Sequence {
  return { request, listener, state: "waiting", generated: 0, computed: 0, scheduled: 0 };
}

/** Tokens still to compute before the next one can be sampled: 1 while decoding, more during prefill. */
export function missingTokens(sequence: Sequence): number {
  return sequence.request.promptTokens + sequence.generated - sequence.computed;
}

export function isDecoding(sequence: Sequence): boolean {
  return sequence.generated > 0 && missingTokens(sequence) === 1;
}
