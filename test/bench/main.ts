/** `npm run bench -- NAME`: the benchmarks, each a folder of its own. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Arm, armByName, arms } from "./scenario/arm.ts";
import { scenarioBench } from "./scenario/main.ts";

const usage = `Usage: npm run bench -- scenario [options]

  --quick             one seed instead of three
  --seeds <n>         so many seeds (default 3)
  --scale <factor>    divide token counts and caches by this (default 10: 25 minutes; 1: four hours)
  --out <dir>         where results go (default .cache/bench)
  --only <runs>       of ${arms.map((arm) => arm.name).join(",")}
  --annotate <k=v>    annotation of the pool (repeatable)
`;

const exitUsage = 64;

class BadUsage extends Error {}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      seeds: { type: "string" },
      scale: { type: "string", default: "10" },
      out: { type: "string", default: join(import.meta.dirname, "../../.cache/bench") },
      only: { type: "string" },
      annotate: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  if (positionals.length !== 1 || positionals[0] !== "scenario") throw new BadUsage("name a benchmark: scenario");
  const abort = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => abort.abort());
  await scenarioBench({
    signal: abort.signal,
    arms: readArms(values.only),
    seeds: number("--seeds", values.seeds ?? (values.quick ? "1" : "3"), 1),
    scale: number("--scale", values.scale, 1),
    outDir: values.out,
    annotations: Object.fromEntries(values.annotate.map(readAnnotation)),
    print: (text) => process.stdout.write(`${text}\n`),
  });
}

function readArms(only: string | undefined): readonly Arm[] {
  if (only === undefined) return arms;
  return only.split(",").map((name) => {
    const arm = armByName(name);
    if (arm === undefined) throw new BadUsage(`there is no run "${name}"`);
    return arm;
  });
}

function readAnnotation(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new BadUsage(`--annotate "${text}" is not KEY=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function number(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!(value >= least)) throw new BadUsage(`${name} "${text}" is not a number of ${least} or more`);
  return value;
}

try {
  await main();
} catch (error) {
  const isUsage = error instanceof BadUsage || (error instanceof TypeError && "code" in error);
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n${isUsage ? usage : ""}`);
  process.exitCode = isUsage ? exitUsage : 1;
}
