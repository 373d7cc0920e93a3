/** Entry of what runs inside the test cluster: measures one number of routes, and writes the figures to a file. */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type App, hostOf, makeApps } from "../apps.ts";
import { startMeter } from "../measured.ts";
import { askAllTheTime, Prober } from "../prober.ts";
import { Changes } from "./changes.ts";
import { loadApps } from "./load.ts";
import { restart } from "./restart.ts";
import type { KubeFigures, KubeOptions } from "./result.ts";
import { toggleUnderLoad } from "./toggles.ts";
import { createWorld, lastLines, type World } from "./world.ts";

const idleMs = 5_000;
const backgroundPauseMs = 20;

const [input = "{}", resultPath = ""] = process.argv.slice(2);
try {
  const world = await createWorld();
  const figures = await measure(world, JSON.parse(input) as KubeOptions);
  await world.stop();
  writeFileSync(resultPath, JSON.stringify(figures));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n${await lastLines()}\n`);
  // Servers, a watch and clients may be left.
  process.exit(1);
}

async function measure(world: World, { routes, changes, toggles }: KubeOptions): Promise<KubeFigures> {
  const apps = makeApps(routes, world.before);
  const prober = new Prober(world.gateway);
  const load = await loadApps(world, prober, apps);
  print(`loaded in ${(load.servedMs / 1_000).toFixed(1)} s`);
  const idle = await idleShares(world);
  const background = new Prober(world.gateway);
  const asking = askAllTheTime(background, hostOf(apps[0] as App), backgroundPauseMs);
  const changed = await new Changes(world, prober).run(apps, changes);
  print(`${changes} routes added and removed, ${changes} endpoints moved`);
  const toggled = await toggleUnderLoad(world, toggles);
  print(`${toggles} toggles under load`);
  const restarted = await restart(world, prober);
  print("restarted");
  const backgroundAsked = await asking.stop();
  const unexpected = [...prober.unexpected, ...background.unexpected];
  prober.stop();
  background.stop();
  return {
    routes,
    load,
    idle,
    ...changed,
    toggled,
    restart: restarted,
    backgroundAsked,
    unexpected: unexpected.length,
    samples: [...new Set(unexpected)].slice(0, 5),
  };
}

async function idleShares({ roles }: World): Promise<KubeFigures["idle"]> {
  const meter = startMeter(roles);
  await sleep(idleMs);
  const { ante, apiServer } = meter();
  return { ante: ante / idleMs, apiServer: apiServer / idleMs };
}

function print(text: string): void {
  process.stdout.write(`  ${text}\n`);
}
