import { hash } from "node:crypto";
import { bytesPerToken, type Prompt } from "./api/prompt.ts";

/** One hash for each whole block of the prompt. Each covers all blocks before it, so that equal means equal up to there. */
export function prefixHashes({ content }: Prompt, blockSize: number): readonly string[] {
  const bytes = typeof content === "string" ? Buffer.from(content) : Buffer.from(new Uint32Array(content).buffer);
  const blockBytes = blockSize * bytesPerToken;
  const hashes: string[] = [];
  let before = "";
  for (let end = blockBytes; end <= bytes.length; end += blockBytes) {
    before = hash("sha256", Buffer.concat([Buffer.from(before), bytes.subarray(end - blockBytes, end)]), "base64");
    hashes.push(before);
  }
  return hashes;
}
