import { spawn } from "node:child_process";
import type { Log } from "../../observe/log.ts";
import { type EnvoyCommandOptions, envoyArguments, guarded, releaseGuardian } from "./envoy-command.ts";
import { parseEnvoyLog } from "./envoy-log.ts";
import { LineSplitter } from "./line-splitter.ts";

/** A running Envoy. `ended` settles once, after its last line of log. */
export interface EnvoyChild {
  readonly pid: number | undefined;
  readonly ended: Promise<EnvoyEnd>;
  signal(name: "SIGTERM" | "SIGKILL"): void;
}

export interface EnvoyEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** Its last error, which for a configuration that it refuses is the reason of the end. */
  readonly lastError?: string;
}

/** Receives the lines of Envoy's standard output, which are the access log. */
export type OnAccessLog = (line: string) => void;

/**
 * Starts Envoy in a process group of its own, since a Ctrl-C in the terminal is ours to answer, with a guardian that
 * stops it when we die. It inherits PATH and nothing else of our environment.
 */
export function spawnEnvoy(options: EnvoyCommandOptions, log: Log, onAccessLog: OnAccessLog): EnvoyChild {
  const { program, args } = guarded(options.envoy, envoyArguments(options));
  const child = spawn(program, args, {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
  });
  // The lifeline breaks when the guardian ends before us; Envoy goes on.
  child.stdin.on("error", () => {});

  let lastError: string | undefined;
  let isTold = false;
  const accessLog = new LineSplitter(onAccessLog);
  const ownLog = new LineSplitter((line) => {
    const { level, component, message } = parseEnvoyLog(line);
    if (level === "error") lastError = message;
    // That it was told to end, and what ends with it, is no news to anybody.
    log[isTold && level === "warn" ? "debug" : level]({ component: `envoy.${component}` }, message);
  });
  child.stdout.on("data", (chunk: Buffer) => accessLog.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => ownLog.push(chunk));

  const ended = new Promise<EnvoyEnd>((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, lastError: error.message }));
    child.once("exit", () => child.stdin.end(releaseGuardian));
    child.once("close", (code, signal) => {
      accessLog.end();
      ownLog.end();
      resolve({ code, signal, ...(lastError !== undefined && { lastError }) });
    });
  });
  return {
    pid: child.pid,
    ended,
    signal(name) {
      isTold = true;
      child.kill(name);
    },
  };
}

export function describeEnd({ code, signal, lastError }: EnvoyEnd): string {
  const how = signal !== null ? `signal ${signal}` : code !== null ? `exit code ${code}` : "not started";
  return lastError === undefined ? how : `${how}: ${lastError}`;
}
