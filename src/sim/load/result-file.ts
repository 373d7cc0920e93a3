import { isOk, type ModelRun } from "./record.ts";
import type { LoadPlan } from "./run.ts";
import { latencyNames, percentile, type Summary } from "./summary.ts";

export interface ResultFileOptions {
  readonly percentiles: readonly number[];
  readonly startedAtMs: number;
  /** With every request's own times. */
  readonly detailed: boolean;
}

/** The fields of the vLLM benchmark's result file for one model. Times of single requests are seconds there, and here. */
export function resultFile(plan: LoadPlan, run: ModelRun, summary: Summary, options: ResultFileOptions): object {
  return {
    date: fileDate(options.startedAtMs),
    endpoint_type: "openai",
    model_id: run.model,
    num_prompts: plan.numPrompts,
    request_rate: Number.isFinite(plan.requestRate) ? plan.requestRate : "inf",
    burstiness: plan.burstiness,
    max_concurrency: plan.maxConcurrency,
    seed: plan.seed,
    duration: summary.durationMs / 1_000,
    completed: summary.completed,
    failed: summary.failed,
    interrupted: summary.interrupted,
    total_input_tokens: summary.inputTokens,
    total_output_tokens: summary.outputTokens,
    request_throughput: summary.requestRate,
    output_throughput: summary.outputTokenRate,
    total_token_throughput: summary.totalTokenRate,
    ...Object.assign({}, ...latencyNames.map((name) => latencyFields(name, summary, options.percentiles))),
    failures: summary.failures,
    ...(options.detailed ? details(run) : {}),
  };
}

/** As vLLM names its files: 20260131-235959, in UTC. */
export function fileDate(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}

function latencyFields(name: (typeof latencyNames)[number], summary: Summary, percentiles: readonly number[]): object {
  const latency = summary.latencies[name];
  return {
    [`mean_${name}_ms`]: latency.mean,
    [`median_${name}_ms`]: latency.median,
    [`std_${name}_ms`]: latency.std,
    ...Object.fromEntries(percentiles.map((each) => [`p${each}_${name}_ms`, percentile(latency, each)])),
  };
}

function details({ records }: ModelRun): object {
  return {
    start_times: records.map(({ startMs }) => startMs / 1_000),
    input_lens: records.map(({ promptTokens }) => promptTokens),
    output_lens: records.map((record) => (isOk(record) ? record.outcome.outputTokens : 0)),
    ttfts: records.map((record) => (isOk(record) ? record.outcome.ttftMs / 1_000 : 0)),
    latencies: records.map(({ startMs, endMs }) => (endMs - startMs) / 1_000),
    errors: records.map(({ outcome }) => (outcome.kind === "failed" ? `${outcome.cause}: ${outcome.message}` : "")),
  };
}
