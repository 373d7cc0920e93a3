/**
 * The engine of a simulated model server: continuous batching with chunked prefill, a paged KV cache and preemption by
 * recomputation, in the manner of vLLM. It reads a clock and requests, produces tokens, and owns the cache and its queue.
 *
 *   submit --> waiting (first come first served) --blocks free--> running --last token--> gone
 *                 ^------------- preempted: newest first -----------'
 *
 * All work happens in steps. A step computes one token for each decoding sequence and up to a chunk of prompt tokens;
 * its length follows from both. Nothing runs while there are no requests.
 */
import type { Cancel, Clock } from "../lib/clock.ts";
import type { Capacity } from "./capacity.ts";
import { KvBlocks } from "./kv-blocks.ts";
import {
  type EngineListener,
  type EngineRequest,
  isDecoding,
  missingTokens,
  newSequence,
  type Sequence,
} from "./sequence.ts";

export interface EngineStats {
  readonly running: number;
  readonly waiting: number;
  /** Share of the KV cache in use, 0 to 1. */
  readonly kvUsage: number;
  readonly runningLoras: readonly string[];
  readonly waitingLoras: readonly string[];
  readonly preemptions: number;
  /** Prompt tokens of the requests that were answered so far, each counted once. */
  readonly promptTokens: number;
  readonly generatedTokens: number;
  readonly finished: number;
  /** Prompt tokens looked up in the prefix cache, and found there. */
  readonly cacheQueries: number;
  readonly cacheHits: number;
}

/** A timer later than this is a stall of the process, which is not made up for. */
const longestLateMs = 20;

export class Engine {
  readonly capacity: Capacity;
  /** Steps last so many times as long. */
  slowness = 1;
  readonly #clock: Clock;
  readonly #blocks: KvBlocks;
  readonly #waiting: Sequence[] = [];
  /** In order of admission: the last is the first to be preempted. */
  readonly #running: Sequence[] = [];
  #cancelStep: Cancel | undefined;
  #stepEndsMs = 0;
  #preemptions = 0;
  #promptTokens = 0;
  #generatedTokens = 0;
  #finished = 0;
  #cacheQueries = 0;
  #cacheHits = 0;

  constructor(clock: Clock, capacity: Capacity) {
    this.#clock = clock;
    this.capacity = capacity;
    this.#blocks = new KvBlocks(capacity.kvBlocks, capacity.blockSize);
  }

  /** The result cancels the request: its blocks are free at once, and its listener hears nothing more. */
  submit(request: EngineRequest, listener: EngineListener): Cancel {
    const { kvBlocks, blockSize } = this.capacity;
    const tokens = request.promptTokens + request.maxTokens;
    if (tokens > kvBlocks * blockSize) {
      throw new RangeError(`Cannot run request: ${tokens} tokens exceed the KV cache of ${kvBlocks * blockSize}`);
    }
    if (request.promptTokens < 1 || request.maxTokens < 1) {
      throw new RangeError(`Cannot run request: ${request.promptTokens} tokens in and ${request.maxTokens} out`);
    }
    const sequence = newSequence(request, listener);
    this.#waiting.push(sequence);
    this.#cancelStep ??= this.#clock.after(0, () => this.#startStep(this.#clock.monotonicMs()));
    return () => this.#remove(sequence);
  }

  stats(): EngineStats {
    return {
      running: this.#running.length,
      waiting: this.#waiting.length,
      kvUsage: this.#blocks.used / this.#blocks.total,
      runningLoras: adapters(this.#running),
      waitingLoras: adapters(this.#waiting),
      preemptions: this.#preemptions,
      promptTokens: this.#promptTokens,
      generatedTokens: this.#generatedTokens,
      finished: this.#finished,
      cacheQueries: this.#cacheQueries,
      cacheHits: this.#cacheHits,
    };
  }

  /** Forgets every request without a word to its listener. */
  stop(): void {
    this.#cancelStep?.();
    this.#cancelStep = undefined;
    for (const sequence of [...this.#running, ...this.#waiting]) this.#remove(sequence);
  }

  #remove(sequence: Sequence): void {
    if (sequence.state === "gone") return;
    const list = sequence.state === "running" ? this.#running : this.#waiting;
    list.splice(list.indexOf(sequence), 1);
    this.#blocks.free(sequence);
    sequence.state = "gone";
  }

  #startStep(startMs: number): void {
    this.#cancelStep?.(); // A listener of the ended step may have submitted.
    this.#cancelStep = undefined;
    const left = this.#scheduleRunning(this.capacity.prefillChunk);
    const chunk = left.preempted ? left.budget : this.#scheduleWaiting(left.budget);
    if (this.#running.length === 0) return;
    const { stepBaseMs, stepPerSequenceMs, prefillTokensPerMs, prefillChunk } = this.capacity;
    const stepMs = stepBaseMs + stepPerSequenceMs * this.#running.length + (prefillChunk - chunk) / prefillTokensPerMs;
    this.#stepEndsMs = startMs + stepMs * this.slowness;
    this.#cancelStep = this.#clock.after(this.#stepEndsMs - this.#clock.monotonicMs(), () => this.#endStep());
  }

  /** Returns what is left of the step's prompt tokens. */
  #scheduleRunning(chunk: number): { readonly budget: number; readonly preempted: boolean } {
    let budget = chunk;
    let preempted = false;
    for (let i = 0; i < this.#running.length; i++) {
      const sequence = this.#running[i] as Sequence;
      const decoding = isDecoding(sequence);
      const tokens = decoding ? 1 : Math.min(budget, missingTokens(sequence));
      while (sequence.state === "running" && !this.#blocks.grow(sequence, sequence.computed + tokens)) {
        this.#preemptNewest();
        preempted = true;
      }
      if (sequence.state !== "running") break;
      sequence.scheduled = tokens;
      if (!decoding) budget -= tokens;
    }
    return { budget, preempted };
  }

  #scheduleWaiting(chunk: number): number {
    let budget = chunk;
    const loras = new Set(adapters(this.#running));
    for (let i = 0; i < this.#waiting.length && budget > 0 && this.#running.length < this.capacity.maxSequences; ) {
      const sequence = this.#waiting[i] as Sequence;
      const { lora } = sequence.request;
      if (lora !== undefined && !loras.has(lora) && loras.size >= this.capacity.maxLoras) {
        i++; // Its adapter has no place; those behind may go first, as in vLLM.
        continue;
      }
      if (!this.#admits(sequence)) break;
      const tokens = Math.min(budget, missingTokens(sequence));
      this.#waiting.splice(i, 1);
      this.#running.push(sequence);
      sequence.state = "running";
      sequence.scheduled = tokens;
      budget -= tokens;
      if (lora !== undefined) loras.add(lora);
    }
    return budget;
  }

  /** Takes blocks for the whole prompt, and leaves the watermark free for those that run: they grow with each step. */
  #admits(sequence: Sequence): boolean {
    const spareBlocks = this.#running.length === 0 ? 0 : Math.ceil(this.capacity.kvBlocks * this.capacity.watermark);
    const cached = this.#blocks.admit(sequence, missingTokens(sequence), spareBlocks);
    if (cached === undefined) return false;
    sequence.computed = cached;
    this.#cacheQueries += sequence.request.promptTokens;
    this.#cacheHits += cached;
    return true;
  }

  #preemptNewest(): void {
    const victim = this.#running.pop() as Sequence;
    this.#blocks.free(victim);
    victim.state = "waiting";
    victim.computed = 0;
    victim.scheduled = 0;
    this.#waiting.unshift(victim);
    this.#preemptions++;
  }

  #endStep(): void {
    for (const sequence of [...this.#running]) {
      if (sequence.state !== "running") continue; // Cancelled by a listener of this very step.
      sequence.computed += sequence.scheduled;
      const sampled = sequence.scheduled > 0 && missingTokens(sequence) === 0;
      sequence.scheduled = 0;
      if (!sampled) continue;
      if (this.capacity.prefixCaching && sequence.generated === 0) this.#blocks.share(sequence);
      this.#addToken(sequence);
    }
    this.#startStep(this.#nextStartMs());
  }

  /** Timers fire late by a fraction of a millisecond each; steps follow one another as if they did not. */
  #nextStartMs(): number {
    const nowMs = this.#clock.monotonicMs();
    return nowMs - this.#stepEndsMs < longestLateMs ? this.#stepEndsMs : nowMs;
  }

  #addToken(sequence: Sequence): void {
    const { request, listener } = sequence;
    sequence.generated++;
    this.#generatedTokens++;
    if (sequence.generated === 1) this.#promptTokens += request.promptTokens;
    listener.onToken(sequence.generated);
    if (sequence.generated < request.maxTokens || sequence.state !== "running") return;
    this.#remove(sequence);
    this.#finished++;
    listener.onEnd();
  }
}

function adapters(sequences: readonly Sequence[]): readonly string[] {
  const names = new Set<string>();
  for (const { request } of sequences) if (request.lora !== undefined) names.add(request.lora);
  return [...names];
}
