import { setTimeout as sleep } from "node:timers/promises";
import { withProcesses } from "../process/processes.ts";
import { cpuSeconds, readThreads } from "../process/threads.ts";
import { idleFiles } from "./files.ts";
import { startRig } from "./rig.ts";

export interface IdleFigures {
  readonly servers: number;
  /** Shares of one core. */
  readonly anteCore: number;
  readonly pickerCore: number;
  readonly scrapesPerS: number;
}

/** From the start until compiling is over. */
const settleMs = 5_000;

export function measureIdle(servers: number, seconds: number, signal: AbortSignal): Promise<IdleFigures> {
  return withProcesses(async (processes) => {
    const { gateway, servers: workers } = await startRig(processes, { servers, files: idleFiles, signal });
    await sleep(settleMs, undefined, { signal });
    const ante = [gateway.child.pid];
    const scrapesBefore = (await workers.ask({ type: "count" })).scrapes;
    const before = readThreads(ante);
    await sleep(seconds * 1_000, undefined, { signal });
    const after = readThreads(ante);
    const { scrapes } = await workers.ask({ type: "count" });
    return {
      servers,
      anteCore: cpuSeconds(before, after) / seconds,
      pickerCore: cpuSeconds(before, after, "picker") / seconds,
      scrapesPerS: (scrapes - scrapesBefore) / seconds,
    };
  });
}
