/** So many applications, created as fast as the API server takes them from one client, while the program runs. */
import { setTimeout as sleep } from "node:timers/promises";
import { Limit } from "../../../../src/kube/limit.ts";
import { cpuSeconds, readMemory, readThreads, type ThreadTimes, waitedSeconds } from "../../process/threads.ts";
import { type App, hostOf } from "../apps.ts";
import { startMeter } from "../measured.ts";
import type { Prober } from "../prober.ts";
import { createApp } from "./objects.ts";
import type { CpuFigures, KubeLoadFigures } from "./result.ts";
import type { World } from "./world.ts";

const limitMs = 240_000;
const lookMs = 20;
/** Applications that are created at the same time, each object after object. */
const atOnce = 8;
/** What is done late about the last object. */
const settleMs = 1_000;

export async function loadApps(world: World, prober: Prober, apps: readonly App[]): Promise<KubeLoadFigures> {
  const { api, roles, routes } = world;
  const cpu = startCpu(world);
  const startMs = performance.now();
  const since = (): number => performance.now() - startMs;
  const limit = new Limit(atOnce);
  await Promise.all(apps.map((app) => limit.run(() => createApp(api, app))));
  const createdMs = since();
  const acceptedAt = until("all routes to be Accepted", () => routes.accepted() === apps.length).then(since);
  const last = hostOf(apps.at(-1) as App);
  const servedAt = until("the last route to answer", async () => (await prober.ask(last)).status === 200).then(since);
  const [servedMs, acceptedMs] = await Promise.all([servedAt, acceptedAt]);
  await sleep(settleMs);
  const figures = cpu();
  for (const host of apps.map(hostOf))
    await until(`${host} to answer`, async () => (await prober.ask(host)).status === 200);
  return {
    createdMs,
    servedMs,
    acceptedMs,
    ...figures,
    anteMemory: readMemory(roles.ante()[0] ?? 0),
    envoyMemory: readMemory(roles.envoy()[0] ?? 0),
    apiServerMemory: readMemory(roles.apiServer()[0] ?? 0),
  };
}

/** Since it was started; of a program that was started since, from its beginning. */
export function startCpu({ roles }: Pick<World, "roles">): () => CpuFigures {
  const meter = startMeter(roles);
  const before: ThreadTimes = readThreads(roles.ante());
  return () => {
    const { ante, envoy, apiServer } = meter();
    const now = readThreads(roles.ante());
    return {
      anteCpuS: ante / 1_000,
      controlCpuS: cpuSeconds(before, now, "control"),
      controlWaitedS: waitedSeconds(before, now, "control"),
      envoyCpuS: envoy / 1_000,
      apiServerCpuS: apiServer / 1_000,
    };
  };
}

export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > giveUpMs) throw new Error(`Cannot go on: waited ${limitMs / 1_000} s for ${what}`);
    await sleep(lookMs);
  }
}
