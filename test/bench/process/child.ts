import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";

export interface Child {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<number | null>;
  readonly hasEnded: () => boolean;
  /** Asks it to end, and kills it when it does not. */
  stop(): Promise<void>;
}

const ante = join(import.meta.dirname, "../../../bin/ante");
const patienceMs = 15_000;
const keptCharacters = 1_000_000;

/** `ante` in a process of its own, its outputs kept and written to `logPath`. */
export function spawnAnte(args: readonly string[], logPath: string): Child {
  const child = spawn(ante, args, { stdio: ["ignore", "pipe", "pipe"] });
  const log = createWriteStream(logPath);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout = (stdout + text).slice(-keptCharacters);
    log.write(text);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-keptCharacters);
    log.write(text);
  });
  let isEnded = false;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      isEnded = true;
      log.end();
      resolve(code);
    });
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    hasEnded: () => isEnded,
    stop: () => stopChild(child, ended, isEnded),
  };
}

async function stopChild(child: ChildProcess, ended: Promise<unknown>, isEnded: boolean): Promise<void> {
  if (isEnded) return;
  child.kill("SIGTERM");
  const kill = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await ended;
  clearTimeout(kill);
}
