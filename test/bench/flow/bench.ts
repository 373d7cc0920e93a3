/**
 * Flow control by itself: the controller of src/picker/flow with a placer that costs nothing, in process, no sockets.
 *
 *   cases x rounds --measure-process.ts, each a fresh process--> FlowFigures --> medians, table, `result:` line
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Bench, numberOption } from "../bench.ts";
import { runJson } from "../process/run-json.ts";
import { rounded, roundedSpread, spread } from "../stats.ts";
import { figure, textTable } from "../text-table.ts";
import { caseName, type FlowCase, type FlowFigures, flowCases } from "./case.ts";

const script = join(import.meta.dirname, "measure-process.ts");
/** A million waiting requests are larger than the default heap. */
const nodeFlags = ["--expose-gc", "--max-old-space-size=8192"];

export const flow: Bench = {
  usage: `  --quick        three rounds instead of seven, none with a million waiting
  --rounds <n>   so many fresh processes for each case`,
  async run(args, { print, signal }) {
    const { values } = parseArgs({
      args: [...args],
      options: { quick: { type: "boolean", default: false }, rounds: { type: "string" } },
    });
    const rounds = numberOption("--rounds", values.rounds ?? (values.quick ? "3" : "7"), 1);
    const cases = flowCases({ quick: values.quick });
    const figures = new Map<FlowCase, FlowFigures[]>(cases.map((each) => [each, []]));
    for (let round = 1; round <= rounds; round++) {
      for (const [each, measured] of figures) {
        measured.push(await runJson<FlowFigures>(script, each, { nodeFlags, signal }));
      }
      print(`round ${round} of ${rounds} done`);
    }
    const results = [...figures].map(([each, measured]) => summarize(each, measured));
    print(`\n${table(results)}\n`);
    print(`result: ${JSON.stringify(Object.fromEntries(results.map(({ name, ...rest }) => [name, json(rest)])))}`);
  },
};

type Summary = { readonly name: string } & Readonly<Record<keyof FlowFigures, ReturnType<typeof spread>>>;

function summarize(each: FlowCase, measured: readonly FlowFigures[]): Summary {
  const of = (name: keyof FlowFigures): ReturnType<typeof spread> => spread(measured.map((figures) => figures[name]));
  return {
    name: caseName(each),
    perSecond: of("perSecond"),
    longestMs: of("longestMs"),
    admittedPerSecond: of("admittedPerSecond"),
    bytesPerItem: of("bytesPerItem"),
    bytesPerAsk: of("bytesPerAsk"),
  };
}

function table(results: readonly Summary[]): string {
  return textTable(
    ["", "a second", "least", "most", "longest step ms", "admitted/s", "bytes/item", "bytes/ask"],
    results.map(({ name, perSecond, longestMs, admittedPerSecond, bytesPerItem, bytesPerAsk }) => [
      name,
      figure(perSecond.median),
      figure(perSecond.min),
      figure(perSecond.max),
      figure(longestMs.median),
      figure(admittedPerSecond.median),
      figure(bytesPerItem.median),
      figure(bytesPerAsk.median),
    ]),
  );
}

function json({ perSecond, longestMs, admittedPerSecond, bytesPerItem, bytesPerAsk }: Omit<Summary, "name">): unknown {
  return {
    perSecond: roundedSpread(perSecond),
    longestMs: rounded(longestMs.median),
    admittedPerSecond: rounded(admittedPerSecond.median),
    bytesPerItem: rounded(bytesPerItem.median),
    bytesPerAsk: rounded(bytesPerAsk.median),
  };
}
