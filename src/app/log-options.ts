import type { LogLevel, LogOptions } from "../observe/log.ts";

export interface LogFormatOptions {
  readonly level: LogLevel;
  readonly json: boolean;
  readonly colour: boolean;
}

const logFd = 2;

/** The log goes to the error output; data that a command was asked for goes to the standard output. */
export function logOptions({ level, json, colour }: LogFormatOptions): LogOptions {
  return { level, format: json ? "json" : "human", fd: logFd, colour };
}
