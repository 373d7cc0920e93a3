/** The scenario's benchmark client: `ante load`, a process of its own, with the shape of its requests in small. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ante = new URL("../../bin/ante", import.meta.url).pathname;

export interface LoadOptions {
  readonly url: string;
  /** It stands in the body alone. */
  readonly model: string;
  readonly prompts: number;
  readonly inFlight: number;
  /** Means; each varies by a fifth. */
  readonly promptTokens: number;
  readonly outputTokens: number;
}

export interface LoadResult {
  readonly completed: number;
  readonly mean_ttft_ms: number;
  /** Of each request, empty where it went well. */
  readonly errors: readonly string[];
}

export async function loadClient(options: LoadOptions): Promise<LoadResult> {
  const { url, model, prompts, inFlight, promptTokens, outputTokens } = options;
  const dir = mkdtempSync(join(tmpdir(), "ante-load-"));
  const prefix = Math.round(promptTokens / 4);
  const args = [
    ...["load", "--base-url", url, "--model", model],
    ...["--num-prompts", `${prompts}`, "--max-concurrency", `${inFlight}`],
    ...["--random-prefix-len", `${prefix}`, "--random-input-len", `${promptTokens - prefix}`],
    ...["--random-output-len", `${outputTokens}`, "--random-range-ratio", "0.2", "--ignore-eos"],
    ...["--save-result", "--save-detailed", "--result-dir", dir, "--result-filename", "load.json"],
  ];
  try {
    await promisify(execFile)(ante, args);
    return JSON.parse(readFileSync(join(dir, "load.json"), "utf8")) as LoadResult;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
