import { arms } from "./arm.ts";
import { type Goal, median } from "./goals.ts";
import type { RunResult } from "./result.ts";

/** Servers or client above half a core measure themselves. */
const busyShare = 0.5;

/** One run in a few lines. */
export function runText(run: RunResult): string {
  const models = run.models.map(
    (each) =>
      `    ${each.model.padEnd(14)} ${`${each.succeeded}/${each.requests}`.padStart(7)} ok   ` +
      `TTFT mean ${seconds(each.ttftMean)} median ${seconds(each.ttftMedian)} p99 ${seconds(each.ttftP99)}   ` +
      `TPOT ${(each.tpotMean * 1_000).toFixed(1)} ms`,
  );
  const failures = run.models.flatMap(({ model, failures }) =>
    failures.map(({ cause, count, sample }) => `    ${model}: ${count} x ${cause}: ${sample.slice(0, 120)}`),
  );
  const cpu = run.cpu.map(({ name, mean, peak }) => `${name} ${percent(mean)} (peak ${percent(peak)})`).join(", ");
  return [
    `    ${run.tokensPerS.toFixed(0)} tok/s, ${run.preemptions} preemptions, ${run.durationS.toFixed(1)} s`,
    ...models,
    ...failures,
    `    CPU, of one core: ${cpu}`,
    ...doubts(run).map((doubt) => `    DOUBTFUL: ${doubt}`),
  ].join("\n");
}

export function doubts(run: RunResult): readonly string[] {
  return run.cpu
    .filter(({ name, mean }) => ["servers", "load"].includes(name) && mean > busyShare)
    .map(({ name, mean }) => `${name} took ${percent(mean)} of a core; a busy client or server measures itself`);
}

/** Medians over the seeds, a row for each arm and model. */
export function mediansText(runs: readonly RunResult[]): string {
  const rows = arms.flatMap((arm) => {
    const ofArm = runs.filter((run) => run.arm === arm.name);
    if (ofArm.length === 0) return [];
    const over = (value: (run: RunResult) => number): number => median(ofArm.map(value));
    return arm.models.map((name) => {
      const of = (value: (model: RunResult["models"][number]) => number): number =>
        median(ofArm.flatMap((run) => run.models.filter((each) => each.model === name).map(value)));
      return [
        arm.title,
        name,
        `${of((each) => each.succeeded)}`,
        seconds(of((each) => each.ttftMean)),
        seconds(of((each) => each.ttftMedian)),
        seconds(of((each) => each.ttftP99)),
        `${(of((each) => each.tpotMean) * 1_000).toFixed(1)} ms`,
        over((run) => run.tokensPerS).toFixed(0),
        `${over((run) => run.preemptions)}`,
      ];
    });
  });
  return table([["run", "model", "ok", "TTFT mean", "median", "p99", "TPOT", "tok/s", "preempt."], ...rows]);
}

export function goalsText(goals: readonly Goal[]): string {
  const verdict = { true: "reached", false: "NOT REACHED", undefined: "" };
  const rows = goals.map(({ name, goal, got, reached }) => [name, goal, got, verdict[`${reached}`]]);
  return table([["goal of the scenario", "goal", "got", ""], ...rows]);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
