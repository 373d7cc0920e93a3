/**
 * What the picker costs: requests through a real Envoy to a pool, against requests through the same Envoy, on the same
 * host, with the same body read for the model, to a Service.
 *
 *   loads x blocks x arms --rounds.ts--> rounds --result.ts--> figures, ratios --> table, `result:` line
 *   servers --idle.ts--> what scraping costs
 */
import { parseArgs } from "node:util";
import { type Bench, chosen, numberOption } from "../bench.ts";
import { machineLine } from "../process/machine.ts";
import { withProcesses } from "../process/processes.ts";
import { rounded } from "../stats.ts";
import { pickerFiles } from "./files.ts";
import { type IdleFigures, measureIdle } from "./idle.ts";
import { type LoadSummary, loadResult, summarize } from "./result.ts";
import { startLoad, startRig } from "./rig.ts";
import { findRate, runRounds } from "./rounds.ts";
import { idleText, loadText } from "./text.ts";
import { type Load, loads } from "./workload.ts";

interface PickerOptions {
  readonly loads: readonly Load[];
  readonly blocks: number;
  readonly roundS: number;
  readonly idleS: number;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

const servers = 5;
const idleServers = [5, 100];

export const picker: Bench = {
  usage: `  --quick         two blocks of 2 s rounds instead of seven of 5 s
  --blocks <n>    each block has every arm there and back
  --round <s>     length of a round
  --only <loads>  of ${loads.map(({ name }) => name).join(",")},idle`,
  async run(args, { print, signal }) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean", default: false },
        blocks: { type: "string" },
        round: { type: "string" },
        only: { type: "string" },
      },
    });
    const parts = chosen([...loads.map(({ name }) => name), "idle"], values.only, (name) => name);
    const options: PickerOptions = {
      loads: loads.filter(({ name }) => parts.includes(name)),
      blocks: numberOption("--blocks", values.blocks ?? (values.quick ? "2" : "7"), 1),
      roundS: numberOption("--round", values.round ?? (values.quick ? "2" : "5"), 0.5),
      idleS: values.quick ? 5 : 20,
      signal,
      print,
    };
    print(machineLine());
    const summaries = options.loads.length === 0 ? [] : await measureLoads(options);
    const idle = parts.includes("idle") ? await measureAllIdle(options) : [];
    for (const summary of summaries) print(`\n${loadText(summary)}`);
    if (idle.length > 0) print(`\n${idleText(idle)}`);
    print(`\nresult: ${JSON.stringify(pickerResult(summaries, idle))}`);
  },
};

function measureLoads(options: PickerOptions): Promise<readonly LoadSummary[]> {
  const { blocks, roundS, signal, print } = options;
  return withProcesses(async (processes) => {
    const rig = await startRig(processes, { servers, files: pickerFiles, signal });
    const clients = startLoad(processes);
    const summaries: LoadSummary[] = [];
    for (const load of options.loads) {
      const given = { rig, clients, load, blocks, roundS, signal };
      const requestsPerS = load.requestsPerS ?? (await findRate(given));
      print(`${load.name}: ${blocks} blocks at ${rounded(requestsPerS)} requests/s`);
      summaries.push(summarize(load.name, requestsPerS, await runRounds({ ...given, requestsPerS })));
    }
    return summaries;
  });
}

async function measureAllIdle({ idleS, signal, print }: PickerOptions): Promise<readonly IdleFigures[]> {
  const all: IdleFigures[] = [];
  for (const count of idleServers) {
    print(`idle with ${count} servers`);
    all.push(await measureIdle(count, idleS, signal));
  }
  return all;
}

function pickerResult(summaries: readonly LoadSummary[], idle: readonly IdleFigures[]): unknown {
  return {
    ...Object.fromEntries(summaries.map((summary) => [summary.name, loadResult(summary)])),
    ...(idle.length > 0 && {
      idle: Object.fromEntries(
        idle.map(({ servers: count, anteCore, pickerCore, scrapesPerS }) => [
          count,
          { anteCore: rounded(anteCore), pickerCore: rounded(pickerCore), scrapesPerS: rounded(scrapesPerS) },
        ]),
      ),
    }),
  };
}
