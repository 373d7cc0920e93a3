import { type Command, InvalidArgumentError } from "commander";
import type { LoadPlan } from "../../sim/load/run.ts";
import { type LatencyName, latencyNames } from "../../sim/load/summary.ts";
import { UsageError } from "../exit.ts";
import { decimal, integer, port } from "./option-values.ts";

/** The flags of `ante load`, as commander gives them. */
export interface LoadFlags {
  readonly baseUrl?: string;
  readonly host: string;
  readonly port: number;
  readonly endpoint: string;
  readonly header: readonly (readonly [string, string])[];
  readonly model: readonly string[];
  readonly maxConcurrency?: number;
  readonly numPrompts: number;
  readonly randomInputLen: number;
  readonly randomOutputLen: number;
  readonly randomPrefixLen: number;
  readonly randomRangeRatio: number;
  readonly requestRate: number;
  readonly burstiness: number;
  readonly startWithin: number;
  readonly seed: number;
  readonly ignoreEos: boolean;
  readonly percentileMetrics: readonly LatencyName[];
  readonly metricPercentiles: readonly number[];
  readonly saveResult: boolean;
  readonly saveDetailed: boolean;
  readonly resultDir: string;
  readonly resultFilename?: string;
}

export function addLoadOptions(command: Command): Command {
  return command
    .option("--base-url <url>", "origin of the API (default: from --host and --port)")
    .option("--host <host>", "host of the API", "127.0.0.1")
    .option("--port <port>", "port of the API", port, 8_081)
    .option("--endpoint <path>", "path of the API; one of chat completions gets messages", "/v1/completions")
    .option("--header <key=value>", "a header of every request (repeatable)", header, [])
    .requiredOption("--model <name>", "model to ask for; each --model is a client of its own", collect)
    .option("--max-concurrency <n>", "most requests in flight, for each model (default: all)", integer(1))
    .option("--num-prompts <n>", "requests for each model", integer(1), 1_000)
    .option("--random-input-len <tokens>", "mean length of prompts, after the prefix", integer(0), 1_024)
    .option("--random-output-len <tokens>", "mean length of answers", integer(1), 128)
    .option("--random-prefix-len <tokens>", "beginning that all prompts share", integer(0), 0)
    .option("--random-range-ratio <ratio>", "lengths vary by this share, up and down", decimal(0, 1), 0)
    .option(
      "--request-rate <n>",
      'requests per second for each model, or "inf"',
      decimal(0.000_001),
      Number.POSITIVE_INFINITY,
    )
    .option("--burstiness <shape>", "1 is a Poisson process, less is burstier", decimal(0.001), 1)
    .option("--start-within <s>", "the first requests come at random times within so long", decimal(0), 0)
    .option("--seed <n>", "the same seed sends the same requests", integer(0), 0)
    .option("--ignore-eos", "answers have their full length", false)
    .option("--percentile-metrics <list>", `of ${latencyNames.join(", ")}`, metricList, ["ttft", "tpot", "itl"])
    .option("--metric-percentiles <list>", "percentiles to print", percentileList, [99])
    .option("--save-result", "write a JSON file for each model", false)
    .option("--save-detailed", "with the times of every request", false)
    .option("--result-dir <dir>", "where results are written", ".")
    .option("--result-filename <name>", "name of the file; with several models each adds its own");
}

export function loadPlan(flags: LoadFlags): LoadPlan {
  return {
    target: {
      baseUrl: parseBaseUrl(flags.baseUrl ?? `http://${flags.host}:${flags.port}`),
      endpoint: flags.endpoint,
      headers: Object.fromEntries(flags.header),
      ignoreEos: flags.ignoreEos,
    },
    models: flags.model,
    numPrompts: flags.numPrompts,
    maxConcurrency: flags.maxConcurrency ?? flags.numPrompts,
    requestRate: flags.requestRate,
    burstiness: flags.burstiness,
    startWithinMs: flags.startWithin * 1_000,
    dataset: {
      prefixLen: flags.randomPrefixLen,
      inputLen: flags.randomInputLen,
      outputLen: flags.randomOutputLen,
      rangeRatio: flags.randomRangeRatio,
    },
    seed: flags.seed,
  };
}

function parseBaseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new UsageError(`Cannot use base URL "${text}": it is not an http or https URL`);
  }
  return url;
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

type Header = readonly [string, string];

function header(value: string, before: readonly Header[]): readonly Header[] {
  const at = value.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("it must be KEY=VALUE.");
  return [...before, [value.slice(0, at), value.slice(at + 1)]];
}

function metricList(value: string): readonly LatencyName[] {
  return value.split(",").map((name) => {
    const found = latencyNames.find((known) => known === name.trim());
    if (found === undefined) throw new InvalidArgumentError(`"${name}" is none of ${latencyNames.join(", ")}.`);
    return found;
  });
}

function percentileList(value: string): readonly number[] {
  return value.split(",").map(decimal(0, 100));
}
