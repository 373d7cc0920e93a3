import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const mostOutput = 64 * 2 ** 20;

/** Runs a script in a fresh process with `input` as its argument, and reads the JSON that it prints. */
export async function runJson<Result>(
  script: string,
  input: unknown,
  { nodeFlags, signal }: { readonly nodeFlags: readonly string[]; readonly signal: AbortSignal },
): Promise<Result> {
  const args = [...nodeFlags, script, JSON.stringify(input)];
  const { stdout } = await run(process.execPath, args, { signal, maxBuffer: mostOutput });
  return JSON.parse(stdout) as Result;
}
