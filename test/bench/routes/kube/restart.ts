/** A new process of the program finds everything there: what that costs, and what it must not write again. */
import { setTimeout as sleep } from "node:timers/promises";
import { kubectl } from "../../../helpers/cluster.ts";
import { readMemory } from "../../process/threads.ts";
import { answers } from "../../process/wait.ts";
import { hostOf } from "../apps.ts";
import type { Prober } from "../prober.ts";
import { startCpu, until } from "./load.ts";
import { createApp } from "./objects.ts";
import type { RestartFigures } from "./result.ts";
import { programNamespace, type World } from "./world.ts";

const meanwhile = "meanwhile";
const settleMs = 2_000;

export async function restart(world: World, prober: Prober): Promise<RestartFigures> {
  const { api, roles, routes, before } = world;
  await scale(0);
  await until("the program to end", () => roles.ante().length === 0);
  const versions = routes.versions();
  const app = { name: meanwhile, server: before };
  await createApp(api, app);
  const cpu = startCpu(world);
  await scale(1);
  await until("the program to start", () => roles.ante().length > 0);
  const startMs = performance.now();
  const admin = await adminUrl();
  const ready = until("the program to be ready", () => answers(`${admin}/readyz`)).then(
    () => performance.now() - startMs,
  );
  await until(`${meanwhile} to answer`, async () => (await prober.ask(hostOf(app))).status === 200);
  const servedMs = performance.now() - startMs;
  const readyMs = await ready;
  await sleep(settleMs);
  const figures = cpu();
  const now = routes.versions();
  return {
    readyMs,
    servedMs,
    ...figures,
    anteMemory: readMemory(roles.ante()[0] ?? 0),
    rewritten: [...versions].filter(([name, version]) => now.get(name) !== version).length,
  };
}

async function scale(replicas: number): Promise<void> {
  await kubectl(["scale", "deployment/antechamber", "-n", programNamespace, `--replicas=${replicas}`]);
}

async function adminUrl(): Promise<string> {
  const pod = ["pods", "-n", programNamespace, "-l", "app.kubernetes.io/component=control-plane"];
  return `http://${await kubectl(["get", ...pod, "-o", "jsonpath={.items[0].status.podIP}"])}:19001`;
}
