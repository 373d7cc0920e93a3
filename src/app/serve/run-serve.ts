import { createLog } from "../../observe/log.ts";
import { exitCodes } from "../exit.ts";
import { logOptions } from "../log-options.ts";
import { onSignals } from "../signals.ts";
import type { ServeConfig } from "./serve-config.ts";
import { ServeSupervisor } from "./serve-supervisor.ts";

/** Runs until a signal ends it; resolves with the exit code when nothing of it is left. */
export function runServe(config: ServeConfig): Promise<number> {
  const log = createLog(logOptions(config.log));
  return new Promise((resolve, reject) => {
    let supervisor: ServeSupervisor | undefined;
    let exitCode: number = exitCodes.ok;
    let ending: ((running: ServeSupervisor) => Promise<void>) | undefined;
    const end = (how: (running: ServeSupervisor) => Promise<void>): void => {
      ending = how;
      if (supervisor !== undefined) how(supervisor).then(() => resolve(exitCode), reject);
    };
    onSignals({
      onFirst() {
        log.info({ text: "Stopping: handing over to another replica (signal again to end at once)" }, "draining");
        end((running) => running.stop());
      },
      onSecond() {
        log.warn({ text: "Stopping at once" }, "killed");
        exitCode = exitCodes.failure;
        end((running) => running.kill());
      },
    });
    const onRefused = (message: string): void => {
      log.error({ text: message }, "refused");
      exitCode = exitCodes.unavailable;
      end((running) => running.kill());
    };
    ServeSupervisor.start({ config, log, onRefused }).then((started) => {
      supervisor = started;
      const { adminUrl, testSocket } = started;
      const fields = { admin: adminUrl, ...(testSocket !== undefined && { testSocket }) };
      log.info({ ...fields, text: `admin: ${adminUrl}` }, "started");
      if (ending !== undefined) end(ending);
    }, reject);
  });
}
