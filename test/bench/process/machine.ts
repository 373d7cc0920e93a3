import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";

/** Seconds of processor time that the whole machine has used. */
export function busySeconds(): number {
  try {
    const fields = readFileSync("/proc/stat", "utf8").split("\n")[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
    const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = fields;
    return (user + nice + system + irq + softIrq + steal) / 100;
  } catch {
    return Number.NaN;
  }
}

/** What figures were taken on: they mean nothing elsewhere. */
export function machineLine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  return `${availableParallelism()} x ${model}, ${process.platform} ${process.arch}, Node ${process.version}, ${new Date().toISOString()}`;
}
