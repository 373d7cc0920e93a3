import { randomUUID } from "node:crypto";
import { Command, Option } from "commander";
import { systemClock } from "../../lib/clock.ts";
import { type Capacity, defaultCapacity, scaledCapacity } from "../../sim/capacity.ts";
import { readFaults } from "../../sim/faults.ts";
import { type MetricsDialect, metricsDialects } from "../../sim/metrics-dialects.ts";
import type { MetricsVersion } from "../../sim/metrics-page.ts";
import { type SimServer, type SimServerOptions, startSimServer } from "../../sim/server.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { onSignals } from "../signals.ts";
import { decimal, integer, port } from "./option-values.ts";

interface SimFlags {
  readonly servers: number;
  readonly host: string;
  readonly port: number;
  readonly model: string;
  readonly loraModules: readonly string[];
  readonly maxLoras: number;
  readonly numGpuBlocks: number;
  readonly blockSize: number;
  readonly maxNumSeqs: number;
  readonly maxModelLen: number;
  readonly stepBase: number;
  readonly stepPerSequence: number;
  readonly prefillRate: number;
  readonly prefillChunk: number;
  readonly enablePrefixCaching: boolean;
  readonly scale: number;
  readonly answerTokens?: number;
  readonly metrics: MetricsVersion;
  readonly metricsDialect: MetricsDialect;
  readonly fault: string;
  readonly json: boolean;
}

/** `ante sim`: simulated model servers, until a signal. */
export function simCommand(): Command {
  const capacity = defaultCapacity;
  return new Command("sim")
    .description("Run simulated model servers: vLLM's API, metrics and queueing, without a GPU.")
    .option("--servers <n>", "how many, on ports that follow each other", integer(1, 1_000), 1)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "port of the first server; 0 takes free ones", port, 8_000)
    .option("--model <name>", "the base model", "qwen")
    .option("--lora-modules <name...>", "adapters of the base model", ["travel-helper-v1"])
    .option("--max-loras <n>", "adapters that run at a time", integer(1), capacity.maxLoras)
    .option("--num-gpu-blocks <n>", "blocks of the KV cache", integer(1), capacity.kvBlocks)
    .option("--block-size <tokens>", "tokens of a block", integer(1), capacity.blockSize)
    .option("--max-num-seqs <n>", "requests that run at a time", integer(1), capacity.maxSequences)
    .option("--max-model-len <tokens>", "longest prompt and answer together", integer(2), capacity.maxModelTokens)
    .option("--step-base <ms>", "length of a step without requests", decimal(0), capacity.stepBaseMs)
    .option("--step-per-sequence <ms>", "what each running request adds", decimal(0), capacity.stepPerSequenceMs)
    .option("--prefill-rate <n>", "prompt tokens per second", decimal(1), capacity.prefillTokensPerMs * 1_000)
    .option("--prefill-chunk <tokens>", "most prompt tokens of a step", integer(1), capacity.prefillChunk)
    .option("--enable-prefix-caching", "do not compute a known beginning again", false)
    .option("--scale <factor>", "divide the KV cache and the longest request by this", decimal(1), 1)
    .option("--answer-tokens <n>", "where answers end by themselves (default: at the request's limit)", integer(1))
    .addOption(new Option("--metrics <version>", "names of vLLM's metrics").choices(["0.x", "1.x"]).default("1.x"))
    .addOption(
      new Option("--metrics-dialect <engine>", "whose names the metrics have").choices(metricsDialects).default("vllm"),
    )
    .option("--fault <json>", 'what goes wrong, e.g. {"status":503}; POST /sim/fault changes it', "{}")
    .option("--json", "print the addresses as one line of JSON", false)
    .action(run);
}

async function run(flags: SimFlags): Promise<void> {
  const servers: SimServer[] = [];
  try {
    for (const options of serverOptions(flags)) servers.push(await start(options));
    process.stdout.write(flags.json ? addressesJson(servers) : addressesText(servers, flags));
    await new Promise<void>((resolve) => onSignals({ onFirst: resolve, onSecond() {} }));
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function serverOptions(flags: SimFlags): readonly SimServerOptions[] {
  const faults = readFaults(flags.fault);
  if (typeof faults === "string") throw new UsageError(faults);
  if (flags.port > 0 && flags.port + flags.servers - 1 > 65_535) {
    throw new UsageError(`Cannot start ${flags.servers} servers from port ${flags.port}: ports end at 65535`);
  }
  return Array.from({ length: flags.servers }, (_, index) => ({
    clock: systemClock,
    newId: () => randomUUID(),
    host: flags.host,
    port: flags.port === 0 ? 0 : flags.port + index,
    models: { base: flags.model, loras: flags.loraModules },
    capacity: capacityOf(flags),
    metricsVersion: flags.metrics,
    metricsDialect: flags.metricsDialect,
    answerTokens: flags.answerTokens,
    faults,
  }));
}

function capacityOf(flags: SimFlags): Capacity {
  const capacity: Capacity = {
    kvBlocks: flags.numGpuBlocks,
    blockSize: flags.blockSize,
    maxSequences: flags.maxNumSeqs,
    maxModelTokens: flags.maxModelLen,
    watermark: defaultCapacity.watermark,
    stepBaseMs: flags.stepBase,
    stepPerSequenceMs: flags.stepPerSequence,
    prefillTokensPerMs: flags.prefillRate / 1_000,
    prefillChunk: flags.prefillChunk,
    maxLoras: flags.maxLoras,
    prefixCaching: flags.enablePrefixCaching,
  };
  return scaledCapacity(capacity, flags.scale);
}

async function start(options: SimServerOptions): Promise<SimServer> {
  try {
    return await startSimServer(options);
  } catch (error) {
    throw listenError(options.host, options.port, error);
  }
}

function listenError(host: string, wanted: number, error: unknown): unknown {
  const address = `Cannot listen on ${host}:${wanted}`;
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "EADDRINUSE":
      return new UsageError(
        `${address}: another process has the port; name another one, or --port 0 for any`,
        exitCodes.unavailable,
      );
    case "EACCES":
      return new UsageError(`${address}: this user may not open the port; name one above 1023`, exitCodes.noPermission);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new UsageError(`${address}: this machine has no such address; name one of its own`);
    default:
      return error;
  }
}

function addressesJson(servers: readonly SimServer[]): string {
  return `${JSON.stringify({ servers: servers.map(({ url, host, port }) => ({ url, host, port })) })}\n`;
}

function addressesText(servers: readonly SimServer[], flags: SimFlags): string {
  const adapters = flags.loraModules.length > 0 ? `, adapters ${flags.loraModules.join(", ")}` : "";
  const first = servers[0]?.url ?? "";
  return [
    ...servers.map(({ url }, index) => `server ${index + 1}  ${url}`),
    `model ${flags.model}${adapters}; Ctrl-C ends`,
    `try  curl ${first}/v1/completions -H 'content-type: application/json' -d '{"model":"${flags.model}","prompt":"Hello","max_tokens":8}'`,
    "",
  ].join("\n");
}
