/**
 * The scenario as a benchmark: each arm with each seed, one after the other, on real processes. It reads its options,
 * produces figures, a picture and a verdict on each goal, and owns the processes of the run that is going on.
 *
 *   seeds x arms --run-arm--> results --goals--> table, picture, `result:` line
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Arm } from "./arm.ts";
import { goals, scenarioResult } from "./goals.ts";
import { ttftPicture } from "./picture.ts";
import type { RunResult } from "./result.ts";
import { runArm } from "./run-arm.ts";
import { goalsText, mediansText, runText } from "./text.ts";

export interface ScenarioBenchOptions {
  readonly arms: readonly Arm[];
  readonly seeds: number;
  readonly scale: number;
  readonly outDir: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly print: (text: string) => void;
  /** Ends the run that is going on, and with it the bench. */
  readonly signal: AbortSignal;
}

/** Starting and stopping of one run's processes. */
const overheadS = 5;

export async function scenarioBench(options: ScenarioBenchOptions): Promise<void> {
  const { seeds, scale, outDir, annotations, print, signal } = options;
  mkdirSync(outDir, { recursive: true });
  const schedule = interleave(options.arms, seeds);
  const runs: RunResult[] = [];
  print(`${schedule.length} runs, scale ${scale}, results in ${outDir}`);
  for (const [index, { arm, seed }] of schedule.entries()) {
    signal.throwIfAborted();
    const left = schedule.slice(index).reduce((sum, next) => sum + next.arm.expectedS / scale + overheadS, 0);
    print(`[${index + 1}/${schedule.length}] seed ${seed}, ${arm.title}; about ${duration(left)} to the end`);
    const dir = join(outDir, `seed${seed}-${arm.name}`);
    const run = await runArm({ arm, seed, scale, annotations, dir, signal });
    runs.push(run);
    print(runText(run));
    writeFileSync(join(outDir, "runs.json"), `${JSON.stringify(runs)}\n`);
  }
  const picture = join(outDir, "ttft.svg");
  writeFileSync(picture, ttftPicture(runs, `token counts divided by ${scale}, ${seeds} seed${seeds === 1 ? "" : "s"}`));
  print(`\nMedians of ${seeds} seed${seeds === 1 ? "" : "s"}\n${mediansText(runs)}\n`);
  print(`TTFT over time: ${picture}`);
  const result = scenarioResult(runs);
  if (result === undefined) return;
  const verdict = goalsText(goals(result));
  writeFileSync(join(outDir, "report.txt"), `${mediansText(runs)}\n\n${verdict}\n`);
  print(`\n${verdict}\n\nresult: ${JSON.stringify(result)}`);
}

interface Step {
  readonly arm: Arm;
  readonly seed: number;
}

/** Every seed has every arm, each time from another one on: what drifts with time hits all alike. */
export function interleave(arms: readonly Arm[], seeds: number): readonly Step[] {
  return Array.from({ length: seeds }, (_, round) =>
    arms.map((_, index) => ({ arm: arms[(index + round) % arms.length] as Arm, seed: round + 1 })),
  ).flat();
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
