/**
 * How the number of routes is felt: one `ante up` with a real Envoy for each number, files on disk, requests through;
 * or `ante serve`, in a test cluster for each number.
 *
 *   numbers --run.ts--> load, one more route, one endpoint moved --> table, `result:` line
 *           --kube/run.ts--> the same, toggles under load, a restart --> table, `result:` line
 */
import { parseArgs } from "node:util";
import { BadUsage, type Bench, type BenchContext, chosen, numberOption } from "../bench.ts";
import { layouts } from "./apps.ts";
import type { KubeFigures } from "./kube/result.ts";
import { refuseWithoutCluster, runKubeRoutes } from "./kube/run.ts";
import { kubeResult, kubeText } from "./kube/text.ts";
import type { RouteFigures } from "./result.ts";
import { runRoutes } from "./run.ts";
import { routesResult, routesText } from "./text.ts";

export const routes: Bench = {
  usage: `  --quick             100 and 1,000 routes, 5 changes each
  --routes <n,n>      numbers of routes (default 100,1000,3000)
  --changes <n>       how often a route is added and an endpoint moved (default 30; with --kube 20)
  --layout <layouts>  of ${layouts.join(",")} (default file-each: a file for each application)
  --kube              ante serve in a test cluster, routes on its API server (needs root and a built cluster)`,
  async run(args, context) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean", default: false },
        routes: { type: "string" },
        changes: { type: "string" },
        layout: { type: "string" },
        kube: { type: "boolean", default: false },
      },
    });
    const { kube, quick } = values;
    const counts = (values.routes ?? (quick ? "100,1000" : "100,1000,3000"))
      .split(",")
      .map((text) => numberOption("--routes", text, 1));
    const changes = numberOption("--changes", values.changes ?? (quick ? "5" : kube ? "20" : "30"), 1);
    if (kube && values.layout !== undefined) throw new BadUsage("--layout is about files: there are none with --kube");
    await (kube ? runKube(counts, changes, context) : runFiles(counts, changes, values.layout ?? "file-each", context));
  },
};

async function runFiles(
  counts: readonly number[],
  changes: number,
  layoutNames: string,
  { print, signal }: BenchContext,
): Promise<void> {
  const results: RouteFigures[] = [];
  for (const layout of chosen(layouts, layoutNames, (name) => name)) {
    for (const count of counts) {
      print(`${count} routes, ${layout}`);
      results.push(await runRoutes({ routes: count, layout, changes, signal, print }));
    }
  }
  print(`\n${routesText(results)}\n`);
  print(`result: ${JSON.stringify(routesResult(results))}`);
}

/** Toggles are quick: there can be more of them than of changes that are waited for. */
const togglesForEachChange = 3;

async function runKube(counts: readonly number[], changes: number, { print, signal }: BenchContext): Promise<void> {
  await refuseWithoutCluster();
  const results: KubeFigures[] = [];
  for (const count of counts) {
    print(`${count} routes on an API server`);
    results.push(await runKubeRoutes({ routes: count, changes, toggles: changes * togglesForEachChange }, signal));
  }
  print(`\n${kubeText(results)}\n`);
  print(`result: ${JSON.stringify(kubeResult(results))}`);
}
