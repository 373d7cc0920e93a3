import { join } from "node:path";
import { parseArgs } from "node:util";
import { BadUsage, type Bench, chosen, numberOption } from "../bench.ts";
import { arms } from "./arm.ts";
import { scenarioBench } from "./main.ts";

export const scenario: Bench = {
  usage: `  --quick             one seed instead of three
  --seeds <n>         so many seeds (default 3)
  --scale <factor>    divide token counts and caches by this (default 10: 25 minutes; 1: four hours)
  --out <dir>         where results go (default .cache/bench)
  --only <runs>       of ${arms.map((arm) => arm.name).join(",")}
  --annotate <k=v>    annotation of the pool (repeatable)`,
  async run(args, { print, signal }) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean", default: false },
        seeds: { type: "string" },
        scale: { type: "string", default: "10" },
        out: { type: "string", default: join(import.meta.dirname, "../../../.cache/bench") },
        only: { type: "string" },
        annotate: { type: "string", multiple: true, default: [] },
      },
    });
    await scenarioBench({
      signal,
      print,
      arms: chosen(arms, values.only, ({ name }) => name),
      seeds: numberOption("--seeds", values.seeds ?? (values.quick ? "1" : "3"), 1),
      scale: numberOption("--scale", values.scale, 1),
      outDir: values.out,
      annotations: Object.fromEntries(values.annotate.map(readAnnotation)),
    });
  },
};

function readAnnotation(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new BadUsage(`--annotate "${text}" is not KEY=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}
