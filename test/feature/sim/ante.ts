import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { until } from "./until.ts";

export interface Ante {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>;
}

/** Runs the program as a user does; it is killed at the end of the test. */
export function ante(t: TestContext, ...args: readonly string[]): Ante {
  const child = spawn(join(import.meta.dirname, "../../../bin/ante"), args, { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    async printed(pattern) {
      let found: RegExpExecArray | null = null;
      await until(() => (found = pattern.exec(stdout)) !== null);
      return found as unknown as RegExpExecArray;
    },
  };
}
