import { isOk, type ModelRun, type RequestRecord } from "./record.ts";

export type LatencyName = "ttft" | "tpot" | "itl" | "e2el";
export const latencyNames: readonly LatencyName[] = ["ttft", "tpot", "itl", "e2el"];

export interface Distribution {
  readonly mean: number;
  readonly median: number;
  readonly std: number;
  /** Ascending; looked up by `percentile`. */
  readonly sorted: readonly number[];
}

export interface Failures {
  readonly cause: string;
  readonly count: number;
  readonly sample: string;
}

/** What the benchmark says of some requests. Times are milliseconds, rates per second. */
export interface Summary {
  readonly requests: number;
  readonly completed: number;
  readonly failed: number;
  readonly interrupted: number;
  readonly durationMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly requestRate: number;
  readonly outputTokenRate: number;
  readonly totalTokenRate: number;
  readonly latencies: { readonly [name in LatencyName]: Distribution };
  readonly failures: readonly Failures[];
}

export function summarize(runs: readonly ModelRun[], durationMs: number): Summary {
  const records = runs.flatMap((run) => run.records);
  const ok = records.filter(isOk);
  const failed = records.filter(({ outcome }) => outcome.kind === "failed").length;
  const inputTokens = sum(ok.map(({ promptTokens }) => promptTokens));
  const outputTokens = sum(ok.map(({ outcome }) => outcome.outputTokens));
  const perSecond = (count: number): number => (durationMs > 0 ? (count / durationMs) * 1_000 : 0);
  return {
    requests: records.length,
    completed: ok.length,
    failed,
    interrupted: records.length - ok.length - failed,
    durationMs,
    inputTokens,
    outputTokens,
    requestRate: perSecond(ok.length),
    outputTokenRate: perSecond(outputTokens),
    totalTokenRate: perSecond(inputTokens + outputTokens),
    latencies: {
      ttft: distribution(ok.map(({ outcome }) => outcome.ttftMs)),
      tpot: distribution(
        ok
          .filter(({ outcome }) => outcome.outputTokens > 1)
          .map(({ startMs, endMs, outcome }) => (endMs - startMs - outcome.ttftMs) / (outcome.outputTokens - 1)),
      ),
      itl: distribution(ok.flatMap(({ outcome }) => outcome.itlMs)),
      e2el: distribution(ok.map(({ startMs, endMs }) => endMs - startMs)),
    },
    failures: groupFailures(records),
  };
}

/** Between two values it interpolates, as numpy does. */
export function percentile({ sorted }: Pick<Distribution, "sorted">, percent: number): number {
  if (sorted.length === 0) return 0;
  const position = (percent / 100) * (sorted.length - 1);
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}

export function distribution(values: readonly number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b);
  const mean = sorted.length === 0 ? 0 : sum(sorted) / sorted.length;
  const variance = sorted.length === 0 ? 0 : sum(sorted.map((value) => (value - mean) ** 2)) / sorted.length;
  return { mean, median: percentile({ sorted }, 50), std: Math.sqrt(variance), sorted };
}

function groupFailures(records: readonly RequestRecord[]): readonly Failures[] {
  const groups = new Map<string, { count: number; sample: string }>();
  for (const { outcome } of records) {
    if (outcome.kind !== "failed") continue;
    const group = groups.get(outcome.cause);
    if (group === undefined) groups.set(outcome.cause, { count: 1, sample: outcome.message });
    else group.count++;
  }
  return [...groups]
    .map(([cause, { count, sample }]) => ({ cause, count, sample }))
    .toSorted((a, b) => b.count - a.count || (a.cause < b.cause ? -1 : 1));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
