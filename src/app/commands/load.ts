import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { Command } from "commander";
import { systemClock } from "../../lib/clock.ts";
import { messageOf } from "../../lib/message-of.ts";
import { type Progress, startProgress } from "../../sim/load/progress.ts";
import type { LoadRun, ModelRun } from "../../sim/load/record.ts";
import { report } from "../../sim/load/report.ts";
import { fileDate, resultFile } from "../../sim/load/result-file.ts";
import { type LoadPlan, runLoad } from "../../sim/load/run.ts";
import { summarize } from "../../sim/load/summary.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { onSignals } from "../signals.ts";
import { addLoadOptions, type LoadFlags, loadPlan } from "./load-options.ts";

const interruptedExitCode = 130;

/** `ante load`: the benchmark client, with the flags of `vllm bench serve`. */
export function loadCommand(): Command {
  const command = new Command("load").description(
    "Put load on an OpenAI API and measure it, as `vllm bench serve` does; several models at once.",
  );
  return addLoadOptions(command).action(run);
}

async function run(flags: LoadFlags): Promise<void> {
  const plan = loadPlan(flags);
  await checkReachable(plan.target.baseUrl);
  const abort = new AbortController();
  onSignals({ onFirst: () => abort.abort(), onSecond() {} });
  const progress = progressOf(plan);
  const result = await runLoad(plan, {
    clock: systemClock,
    signal: abort.signal,
    onRecord: () => progress.done(),
  });
  progress.stop();
  process.stdout.write(reports(plan, result, flags));
  if (flags.saveResult || flags.saveDetailed) await save(plan, result, flags);
  process.exitCode = exitCodeOf(result, abort.signal.aborted);
}

/** One clear line instead of as many failures as there are requests. */
function checkReachable({ hostname, port: given, protocol, origin }: URL): Promise<void> {
  const host = hostname.replace(/^\[|\]$/g, "");
  const socket = connect({ host, port: Number(given || (protocol === "https:" ? 443 : 80)) });
  return new Promise((resolve, reject) => {
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      const reason = error.code === "ECONNREFUSED" ? "nothing listens there" : error.message;
      reject(
        new UsageError(
          `Cannot reach ${origin}: ${reason}; start the gateway or check --base-url`,
          exitCodes.unavailable,
        ),
      );
    });
  });
}

function progressOf(plan: LoadPlan): Progress {
  return startProgress({
    clock: systemClock,
    total: plan.numPrompts * plan.models.length,
    write: process.stderr.isTTY ? (text) => process.stderr.write(text) : undefined,
  });
}

function reports(plan: LoadPlan, { models, durationMs }: LoadRun, flags: LoadFlags): string {
  const several = models.length > 1;
  const part = (runs: readonly ModelRun[], title: string | undefined, maxConcurrency: number): string =>
    report(summarize(runs, durationMs), {
      title,
      maxConcurrency,
      requestRate: plan.requestRate,
      metrics: flags.percentileMetrics,
      percentiles: flags.metricPercentiles,
    });
  const parts = models.map((each) => part([each], several ? each.model : undefined, plan.maxConcurrency));
  const total = several ? [part(models, "total", plan.maxConcurrency * models.length)] : [];
  return `${[...parts, ...total].join("\n")}`;
}

async function save(plan: LoadPlan, result: LoadRun, flags: LoadFlags): Promise<void> {
  try {
    await mkdir(flags.resultDir, { recursive: true });
    for (const run of result.models) {
      const path = join(flags.resultDir, fileName(plan, run.model, result.startedAtMs, flags.resultFilename));
      const content = resultFile(plan, run, summarize([run], result.durationMs), {
        percentiles: flags.metricPercentiles,
        startedAtMs: result.startedAtMs,
        detailed: flags.saveDetailed,
      });
      await writeFile(path, `${JSON.stringify(content)}\n`);
      process.stderr.write(`result of ${run.model} in ${path}\n`);
    }
  } catch (error) {
    const reason = messageOf(error);
    throw new UsageError(`Cannot write results to "${flags.resultDir}": ${reason}`, exitCodes.failure);
  }
}

function fileName(plan: LoadPlan, model: string, startedAtMs: number, given: string | undefined): string {
  const safeModel = model.replaceAll(/[^\w.-]/g, "-");
  if (given === undefined) {
    const rate = Number.isFinite(plan.requestRate) ? plan.requestRate : "inf";
    return `openai-${rate}qps-concurrency${plan.maxConcurrency}-${safeModel}-${fileDate(startedAtMs)}.json`;
  }
  return plan.models.length === 1 ? given : given.replace(/(\.json)?$/, `-${safeModel}.json`);
}

function exitCodeOf({ models }: LoadRun, interrupted: boolean): number {
  if (interrupted) return interruptedExitCode;
  const noneOk = models.every(({ records }) => records.every(({ outcome }) => outcome.kind !== "ok"));
  return noneOk ? exitCodes.failure : exitCodes.ok;
}
