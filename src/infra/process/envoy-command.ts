import type { Json } from "../../lib/json.ts";

export interface EnvoyCommandOptions {
  readonly envoy: string;
  readonly bootstrap: Json;
  readonly concurrency: number;
  readonly logLevel: "debug" | "info" | "warning" | "error";
  /** Tests say true: a field that Envoy does not know is then a NACK and not a silent loss. */
  readonly rejectUnknownFields: boolean;
}

/** The format that `parseEnvoyLog` reads; `%j` escapes the message, so that one line is one entry. */
export const envoyLogFormat = '{"level":"%l","component":"%n","message":"%j"}';

export function envoyArguments(options: EnvoyCommandOptions): readonly string[] {
  return [
    ...["--config-yaml", JSON.stringify(options.bootstrap)],
    ...["--concurrency", String(options.concurrency)],
    ...["--log-level", options.logLevel],
    ...["--log-format", envoyLogFormat],
    // Of the access log; 10 s by default.
    ...["--file-flush-interval-msec", "200"],
    "--disable-hot-restart",
    ...(options.rejectUnknownFields ? ["--reject-unknown-dynamic-fields"] : []),
  ];
}

/** Written to Envoy's lifeline once it has exited, so that its guardian ends without signalling a stranger's pid. */
export const releaseGuardian = "released\n";

/** How long Envoy has between the guardian's SIGTERM and its SIGKILL. */
const killAfterSeconds = 1;

/**
 * A shell that becomes Envoy and leaves a guardian behind: a second shell that reads the lifeline, our end of a pipe
 * on standard input. When we die, however we die, the lifeline ends and the guardian stops Envoy. It is portable (no
 * PDEATHSIG on macOS), needs one more process of a megabyte, and leaves no gap in which an Envoy has no guardian.
 * The exec keeps the pid: what Node spawned is Envoy itself.
 */
const guardedExec = `
exec 3<&0 </dev/null
(
  while read -r line <&3; do [ "$line" = released ] && exit 0; done
  kill -TERM $$ && sleep ${killAfterSeconds} && kill -KILL $$
) >/dev/null 2>&1 &
exec 3<&-
exec "$@"
`;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

export function guarded(program: string, args: readonly string[]): Command {
  return { program: "/bin/sh", args: ["-c", guardedExec, "ante-envoy", program, ...args] };
}
