import { createLog, type Log } from "../observe/log.ts";
import type { UpConfig } from "./config.ts";
import { exitCodes } from "./exit.ts";
import { logOptions } from "./log-options.ts";
import { onSignals } from "./signals.ts";
import { type Ready, Supervisor } from "./supervisor.ts";

export interface RunUpOptions {
  readonly config: UpConfig;
  readonly log?: Log;
  readonly onReady: (ready: Ready, log: Log) => void;
  /** What to do where the ports are taken, beside what the problem says. */
  readonly hopelessHint?: string;
  /** What else was started for this run and ends with it, after the gateways. */
  readonly alsoStop?: () => Promise<void>;
}

/** Runs until a signal ends it; resolves with the exit code when nothing of it is left. */
export async function runUp(options: RunUpOptions): Promise<number> {
  const { config, log = createLog(logOptions(config.log)), onReady, alsoStop, hopelessHint } = options;
  return new Promise((resolve, reject) => {
    let supervisor: Supervisor | undefined;
    let exitCode: number = exitCodes.ok;
    let ending: Promise<void> | undefined;
    const end = (how: (running: Supervisor) => Promise<void>): Promise<void> =>
      (supervisor === undefined ? Promise.resolve() : how(supervisor))
        .then(() => alsoStop?.())
        .then(() => resolve(exitCode), reject);
    onSignals({
      onFirst() {
        log.info({ text: "Stopping: waiting for running requests (press Ctrl-C again to end them)" }, "draining");
        ending ??= end((running) => running.stop());
      },
      onSecond() {
        log.warn({ text: "Stopping at once" }, "killed");
        exitCode = exitCodes.failure;
        void end((running) => running.kill());
      },
    });
    const onHopeless = (problems: readonly string[]): void => {
      const hint = hopelessHint === undefined ? "" : `; ${hopelessHint}`;
      log.error({ problems, text: `No Gateway can be served: none has its port${hint}` }, "hopeless");
      exitCode = exitCodes.unavailable;
      ending ??= end((running) => running.kill());
    };
    Supervisor.start({ config, log, onReady: (ready) => onReady(ready, log), onHopeless }).then(
      (started) => {
        supervisor = started;
        if (ending !== undefined) void end((running) => running.kill());
      },
      (error: unknown) => {
        void Promise.resolve(alsoStop?.()).then(() => reject(error));
      },
    );
  });
}
