/** What the threads of processes have used of a processor, to the nanosecond. Linux only. */
import { readdirSync, readFileSync } from "node:fs";

export interface ThreadTime {
  /** As the kernel knows it: at most 15 characters. */
  readonly name: string;
  readonly seconds: number;
  /** How long it could have run, and others had the processors. */
  readonly waitedSeconds: number;
}

/** By process and thread. What a thread that has ended had used is not seen. */
export type ThreadTimes = ReadonlyMap<string, ThreadTime>;

export function readThreads(pids: readonly number[]): ThreadTimes {
  const times = new Map<string, ThreadTime>();
  for (const pid of pids) {
    for (const thread of list(`/proc/${pid}/task`)) {
      const path = `/proc/${pid}/task/${thread}`;
      const [ran = Number.NaN, waited = Number.NaN] = read(`${path}/schedstat`)?.split(" ").map(Number) ?? [];
      const name = read(`${path}/comm`)?.trim();
      if (name !== undefined && !Number.isNaN(ran)) {
        times.set(`${pid}/${thread}`, { name, seconds: ran / 1e9, waitedSeconds: waited / 1e9 });
      }
    }
  }
  return times;
}

/** Seconds between two readings; of threads of one name where it is given. */
export function cpuSeconds(before: ThreadTimes, after: ThreadTimes, name?: string): number {
  let seconds = 0;
  for (const [key, thread] of after) {
    if (name === undefined || thread.name === name) seconds += thread.seconds - (before.get(key)?.seconds ?? 0);
  }
  return seconds;
}

/** Seconds between two readings that threads of one name spent without a processor although they could have run. */
export function waitedSeconds(before: ThreadTimes, after: ThreadTimes, name: string): number {
  const ofName = [...after].filter(([, thread]) => thread.name === name);
  return ofName.reduce((sum, [key, thread]) => sum + thread.waitedSeconds - (before.get(key)?.waitedSeconds ?? 0), 0);
}

/** Bytes in memory, at present and at most so far. */
export function readMemory(pid: number): { readonly now: number; readonly peak: number } {
  const status = read(`/proc/${pid}/status`) ?? "";
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? Number.NaN) * 1024;
  return { now: field("VmRSS"), peak: field("VmHWM") };
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
