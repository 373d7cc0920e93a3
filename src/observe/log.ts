/** The process's log: constant messages plus fields, one child per component. Prompts and credentials are never fields. */
import pino from "pino";

export interface LogFields {
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

/**
 * Lines of JSON on a file descriptor, written synchronously: a worker that dies takes no line with it.
 */
export function createLog(options: { readonly level: LogLevel; readonly fd: number }): Log {
  return pino(
    {
      level: options.level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    pino.destination({ fd: options.fd, sync: true }),
  );
}

export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};
