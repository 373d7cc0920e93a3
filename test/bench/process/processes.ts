import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Child } from "./child.ts";

/** A folder and processes that do not outlive the work. */
export interface Processes {
  readonly home: string;
  /** The last one added is the first one stopped. */
  add<Kind extends Pick<Child, "stop">>(process: Kind): Kind;
}

export async function withProcesses<Result>(work: (processes: Processes) => Promise<Result>): Promise<Result> {
  const home = mkdtempSync(join(tmpdir(), "ante-bench-"));
  const running: Pick<Child, "stop">[] = [];
  try {
    return await work({
      home,
      add(process) {
        running.unshift(process);
        return process;
      },
    });
  } finally {
    for (const process of running) await process.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
