import { h64, h64Raw } from "../hash.ts";

/** One hash for each whole block of a prompt. Each covers all that comes before it: equal means equal up to there. */
export type PrefixChain = BigUint64Array;

export interface Hashing {
  readonly blockBytes: number;
  readonly maxBlocks: number;
}

/** Of prompts to other models, or to other adapters, nothing is shared: their keys and values differ. */
export function prefixChain(
  prompt: Uint8Array,
  { model, target }: { readonly model: string; readonly target: string },
  { blockBytes, maxBlocks }: Hashing,
): PrefixChain {
  const chain = new BigUint64Array(Math.min(maxBlocks, Math.floor(prompt.length / blockBytes)));
  let before = h64(JSON.stringify([model, target]));
  for (let place = 0; place < chain.length; place++) {
    before = h64Raw(prompt.subarray(place * blockBytes, (place + 1) * blockBytes), before);
    chain[place] = before;
  }
  return chain;
}
