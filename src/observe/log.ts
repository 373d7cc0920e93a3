/**
 * The process's log: constant messages plus fields, one child per component. Prompts and credentials are never fields.
 * Lines are written synchronously on the descriptor, so that a worker that dies takes none with it.
 */
import { writeSync } from "node:fs";
import pino from "pino";
import { humanLine } from "./human-line.ts";

export interface LogFields {
  /** A sentence for people, shown instead of message and fields where the log is not JSON. */
  readonly text?: string;
  readonly [field: string]: unknown;
}

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Log;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: "json" | "human";
  readonly fd: number;
  /** `human` only: control codes for colour. */
  readonly colour: boolean;
}

export function createLog(options: LogOptions): Log {
  const { level, format, fd, colour } = options;
  const write = (line: string): void => writeAll(fd, format === "json" ? line : humanLine(line, colour));
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
}

/** A pipe that is full answers EAGAIN; a reader that left answers EPIPE, and then nobody wants the line. */
function writeAll(fd: number, text: string): void {
  let rest = Buffer.from(text);
  for (let tries = 0; rest.length > 0 && tries < 1000; tries++) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) return;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};
