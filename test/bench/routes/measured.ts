/** What one change costs, and how long it takes: shared by files and by the API server. */
import { cpuSeconds, readThreads } from "../process/threads.ts";
import type { Effect } from "./prober.ts";

/** Processes by what they are. */
export type Roles<Role extends string> = Readonly<Record<Role, () => readonly number[]>>;

export interface Measured<Role extends string> extends Effect {
  /** Milliseconds of processor time until the change is in effect. */
  readonly cpuMs: Readonly<Record<Role, number>>;
  /** Until then, and after the pause: what is done late about a change, too. */
  readonly allCpuMs: Readonly<Record<Role, number>>;
}

export async function measured<Role extends string>(
  roles: Roles<Role>,
  pause: () => Promise<void>,
  change: () => Promise<Effect>,
): Promise<Measured<Role>> {
  const meter = startMeter(roles);
  const effect = await change();
  const cpuMs = meter();
  await pause();
  return { ...effect, cpuMs, allCpuMs: meter() };
}

/** Milliseconds of processor time since it was started, each time that it is asked. */
export function startMeter<Role extends string>(roles: Roles<Role>): () => Readonly<Record<Role, number>> {
  const names = Object.keys(roles) as Role[];
  const before = new Map(names.map((role) => [role, readThreads(roles[role]())]));
  return () =>
    Object.fromEntries(
      names.map((role) => [role, cpuSeconds(before.get(role) ?? new Map(), readThreads(roles[role]())) * 1_000]),
    ) as Record<Role, number>;
}
