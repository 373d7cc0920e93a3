import { integerBetween, type Random, randomOf } from "./random.ts";

/** Random prompts and answers in the manner of vLLM's `random` dataset. */
export interface RandomDataset {
  /** Tokens that all prompts of the run begin with. */
  readonly prefixLen: number;
  /** Mean tokens of what follows. */
  readonly inputLen: number;
  readonly outputLen: number;
  /** Lengths vary evenly from (1 - ratio) to (1 + ratio) of the mean. */
  readonly rangeRatio: number;
}

export interface Sample {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly prompt: string;
}

export interface SamplePlace {
  readonly seed: number;
  /** Which model of the run, and which of its requests. */
  readonly model: number;
  readonly index: number;
}

const prefixPlace = -1;

/** Depends on its place alone, so that runs with the same seed send the same, in whatever order it goes. */
export function sampleAt(dataset: RandomDataset, { seed, model, index }: SamplePlace): Sample {
  const random = randomOf(seed, model, index);
  const inputTokens = around(random, dataset.inputLen, dataset.rangeRatio);
  const outputTokens = Math.max(1, around(random, dataset.outputLen, dataset.rangeRatio));
  const prefix = words(randomOf(seed, prefixPlace), dataset.prefixLen);
  return {
    promptTokens: Math.max(1, dataset.prefixLen + inputTokens),
    outputTokens,
    prompt: prefix + words(random, Math.max(inputTokens, dataset.prefixLen === 0 ? 1 : 0)),
  };
}

function around(random: Random, mean: number, ratio: number): number {
  return integerBetween(random, Math.floor(mean * (1 - ratio)), Math.ceil(mean * (1 + ratio)));
}

const letters = "abcdefghijklmnopqrstuvwxyz";

/** A word of three letters and a space for each token: four bytes, as of English text. */
function words(random: Random, count: number): string {
  let text = "";
  for (let i = 0; i < count; i++) {
    const word = Math.floor(random() * 26 ** 3);
    text += `${letters[word % 26]}${letters[Math.floor(word / 26) % 26]}${letters[Math.floor(word / 676)]} `;
  }
  return text;
}
