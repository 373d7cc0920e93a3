import { type CpuReading, readCpu } from "./cpu.ts";

/** Share of one core over a time. */
export interface CpuShare {
  readonly name: string;
  readonly mean: number;
  /** Of the busiest interval. */
  readonly peak: number;
}

export interface CpuWatch {
  stop(): readonly CpuShare[];
}

const intervalMs = 5_000;

/** Measures named groups of processes from here to the end. */
export function watchCpu(groups: Readonly<Record<string, readonly number[]>>): CpuWatch {
  const pids = Object.values(groups).flat();
  const readings = [readCpu(pids)];
  const read = (): void => {
    const { atMs, seconds } = readCpu(pids);
    // A process that has ended keeps what it had used.
    readings.push({ atMs, seconds: new Map([...(readings.at(-1)?.seconds ?? []), ...seconds]) });
  };
  const timer = setInterval(read, intervalMs).unref();
  return {
    stop() {
      clearInterval(timer);
      read();
      return Object.entries(groups).map(([name, group]) => {
        const shares = readings.slice(1).map((_, index) => share(readings, index, index + 1, group));
        return { name, mean: share(readings, 0, readings.length - 1, group), peak: Math.max(...shares) };
      });
    },
  };
}

function share(readings: readonly CpuReading[], from: number, to: number, pids: readonly number[]): number {
  const first = readings[from];
  const last = readings[to];
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
  let seconds = 0;
  for (const pid of pids) {
    const end = last.seconds.get(pid);
    if (end !== undefined) seconds += end - (first.seconds.get(pid) ?? 0);
  }
  return (seconds * 1_000) / (last.atMs - first.atMs);
}
