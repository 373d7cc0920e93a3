/**
 * How the number of routes is felt: one `ante up` with a real Envoy for each number, files on disk, requests through.
 *
 *   numbers --run.ts--> load, one more route, one endpoint moved --> table, `result:` line
 */
import { parseArgs } from "node:util";
import { type Bench, chosen, numberOption } from "../bench.ts";
import { layouts } from "./apps.ts";
import type { RouteFigures } from "./result.ts";
import { runRoutes } from "./run.ts";
import { routesResult, routesText } from "./text.ts";

export const routes: Bench = {
  usage: `  --quick             100 and 1,000 routes, 5 changes each
  --routes <n,n>      numbers of routes (default 100,1000,3000)
  --changes <n>       how often a route is added and an endpoint moved (default 30)
  --layout <layouts>  of ${layouts.join(",")} (default file-each: a file for each application)`,
  async run(args, { print, signal }) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean", default: false },
        routes: { type: "string" },
        changes: { type: "string" },
        layout: { type: "string", default: "file-each" },
      },
    });
    const counts = (values.routes ?? (values.quick ? "100,1000" : "100,1000,3000"))
      .split(",")
      .map((text) => numberOption("--routes", text, 1));
    const changes = numberOption("--changes", values.changes ?? (values.quick ? "5" : "30"), 1);
    const results: RouteFigures[] = [];
    for (const layout of chosen(layouts, values.layout, (name) => name)) {
      for (const count of counts) {
        print(`${count} routes, ${layout}`);
        results.push(await runRoutes({ routes: count, layout, changes, signal, print }));
      }
    }
    print(`\n${routesText(results)}\n`);
    print(`result: ${JSON.stringify(routesResult(results))}`);
  },
};
