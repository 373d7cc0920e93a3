import { type ArmName, critical, type ModelName, standard } from "./arm.ts";
import type { ModelResult, RunResult } from "./result.ts";

/** The last line of the bench. */
export interface ScenarioResult {
  readonly criticalMedianTtftVsAlone: number;
  readonly criticalMeanTtftVsNoQueue: number;
  readonly succeeded: number;
  readonly requests: number;
  readonly tokensVsNoQueue: number;
  readonly preemptionsVsNoQueue: number;
  readonly standardLongestWaitS: number;
}

export interface Goal {
  readonly name: string;
  readonly goal: string;
  readonly got: string;
  /** Undefined where a figure is only reported. */
  readonly reached: boolean | undefined;
}

/**
 * Compares the runs seed by seed and takes the median of the comparisons; what succeeds and the longest wait are those of
 * the worst seed. Undefined unless every seed has every arm.
 */
export function scenarioResult(runs: readonly RunResult[]): ScenarioResult | undefined {
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  const quartets = seeds.map((seed) => quartet(runs, seed));
  if (quartets.length === 0 || !quartets.every((each) => each !== undefined)) return undefined;
  const over = (value: (of: Quartet) => number): readonly number[] => quartets.map(value);
  const queueing = quartets.map((of) => totals(of.queueing));
  return {
    criticalMedianTtftVsAlone: median(
      over((of) => ratio(model(of.queueing, critical).ttftMedian, model(of.alone, critical).ttftMedian)),
    ),
    criticalMeanTtftVsNoQueue: median(
      over((of) => ratio(model(of.queueing, critical).ttftMean, model(of.leastRequest, critical).ttftMean)),
    ),
    succeeded: Math.min(...queueing.map(({ succeeded }) => succeeded)),
    requests: Math.max(...queueing.map(({ requests }) => requests)),
    tokensVsNoQueue: median(over((of) => ratio(of.queueing.tokensPerS, of.leastRequest.tokensPerS))),
    preemptionsVsNoQueue: median(over((of) => ratio(of.queueing.preemptions, of.leastRequest.preemptions))),
    standardLongestWaitS: Math.max(...over((of) => model(of.queueing, standard).ttftMax)),
  };
}

export function goals(result: ScenarioResult): readonly Goal[] {
  return [
    {
      name: "requests that succeed",
      goal: `${result.requests} of ${result.requests}`,
      got: `${result.succeeded} of ${result.requests}`,
      reached: result.succeeded === result.requests,
    },
    atMost("Critical, median TTFT / that of Critical alone", 1.2, result.criticalMedianTtftVsAlone),
    atMost("Critical, mean TTFT / that without a queue", 0.25, result.criticalMeanTtftVsNoQueue),
    atLeast("output tokens per second / those without a queue", 0.93, result.tokensVsNoQueue),
    atMost("preemptions in the servers / those without a queue", 0.1, result.preemptionsVsNoQueue),
    {
      name: "Standard, longest wait",
      goal: "reported",
      got: `${result.standardLongestWaitS.toFixed(1)} s`,
      reached: undefined,
    },
  ];
}

function atMost(name: string, limit: number, value: number): Goal {
  return { name, goal: `at most ${limit}`, got: value.toFixed(3), reached: value <= limit };
}

function atLeast(name: string, limit: number, value: number): Goal {
  return { name, goal: `at least ${limit}`, got: value.toFixed(3), reached: value >= limit };
}

interface Quartet {
  readonly alone: RunResult;
  readonly queueing: RunResult;
  readonly queueingOff: RunResult;
  readonly leastRequest: RunResult;
}

function quartet(runs: readonly RunResult[], seed: number): Quartet | undefined {
  const find = (arm: ArmName): RunResult | undefined => runs.find((run) => run.arm === arm && run.seed === seed);
  const alone = find("alone");
  const queueing = find("queueing");
  const queueingOff = find("queueing-off");
  const leastRequest = find("least-request");
  if (!alone || !queueing || !queueingOff || !leastRequest) return undefined;
  return { alone, queueing, queueingOff, leastRequest };
}

export function model(run: RunResult, name: ModelName): ModelResult {
  const found = run.models.find((each) => each.model === name);
  if (found === undefined) throw new Error(`Cannot compare run "${run.arm}": it has no model "${name}"`);
  return found;
}

function totals(run: RunResult): { readonly succeeded: number; readonly requests: number } {
  return {
    succeeded: run.models.reduce((sum, each) => sum + each.succeeded, 0),
    requests: run.models.reduce((sum, each) => sum + each.requests, 0),
  };
}

/** Nothing against nothing is no difference. */
function ratio(value: number, base: number): number {
  return base === 0 ? (value === 0 ? 0 : Number.POSITIVE_INFINITY) : value / base;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
