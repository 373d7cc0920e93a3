import type { CpuShare } from "../process/cpu-watch.ts";
import type { ArmName, ModelName } from "./arm.ts";

/** One run of one arm. Times are seconds. */
export interface RunResult {
  readonly arm: ArmName;
  readonly seed: number;
  readonly durationS: number;
  readonly tokensPerS: number;
  readonly preemptions: number;
  readonly models: readonly ModelResult[];
  readonly cpu: readonly CpuShare[];
}

export interface ModelResult {
  readonly model: ModelName;
  readonly requests: number;
  readonly succeeded: number;
  readonly ttftMean: number;
  readonly ttftMedian: number;
  readonly ttftP99: number;
  readonly ttftMax: number;
  readonly tpotMean: number;
  readonly failures: readonly { readonly cause: string; readonly count: number; readonly sample: string }[];
  /** Of each request that succeeded: when it was sent, and its TTFT. */
  readonly points: readonly (readonly [sentS: number, ttftS: number])[];
}

/** What `ante load --save-detailed` writes, as far as it is read here. */
export interface LoadFile {
  readonly model_id: string;
  readonly num_prompts: number;
  readonly duration: number;
  readonly completed: number;
  readonly total_output_tokens: number;
  readonly mean_ttft_ms: number;
  readonly median_ttft_ms: number;
  readonly p99_ttft_ms: number;
  readonly mean_tpot_ms: number;
  readonly failures: ModelResult["failures"];
  readonly start_times: readonly number[];
  readonly ttfts: readonly number[];
  readonly errors: readonly string[];
}

export function modelResult(file: LoadFile): ModelResult {
  const points = file.ttfts.flatMap((ttft, index) => (ttft > 0 ? [[file.start_times[index] ?? 0, ttft] as const] : []));
  return {
    model: file.model_id as ModelName,
    requests: file.num_prompts,
    succeeded: file.completed,
    ttftMean: file.mean_ttft_ms / 1_000,
    ttftMedian: file.median_ttft_ms / 1_000,
    ttftP99: file.p99_ttft_ms / 1_000,
    ttftMax: Math.max(0, ...points.map(([, ttft]) => ttft)),
    tpotMean: file.mean_tpot_ms / 1_000,
    failures: file.failures,
    points,
  };
}
