/** What processes have used of a processor, read from /proc; nothing where there is none. */
import { readdirSync, readFileSync } from "node:fs";

export interface CpuReading {
  readonly atMs: number;
  /** Seconds of processor time since its start, by process. */
  readonly seconds: ReadonlyMap<number, number>;
}

/** Of Linux on every architecture that Node runs on. */
const ticksPerSecond = 100;

export function readCpu(pids: readonly number[]): CpuReading {
  const seconds = new Map<number, number>();
  for (const pid of pids) {
    const fields = statFields(pid);
    if (fields !== undefined) seconds.set(pid, (Number(fields[11]) + Number(fields[12])) / ticksPerSecond);
  }
  return { atMs: performance.now(), seconds };
}

/** The process and all that it started, with what they started. */
export function processTree(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of listProc()) {
    const fields = statFields(Number(name));
    if (fields !== undefined) parents.set(Number(name), Number(fields[1]));
  }
  const tree = [root];
  for (const parent of tree) for (const [pid, its] of parents) if (its === parent) tree.push(pid);
  return tree;
}

export function commandName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "process";
  }
}

function listProc(): readonly string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** The fields after the command, which may itself contain spaces and brackets: state, parent, ... utime, stime. */
function statFields(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
