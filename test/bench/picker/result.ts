import { median, quantile, rounded, roundedSpread, type Spread, spread } from "../stats.ts";
import type { Arm } from "./arm.ts";

/** One arm for some seconds. */
export interface Round {
  readonly arm: Arm;
  readonly block: number;
  readonly requests: number;
  readonly failures: readonly string[];
  readonly ttfbMs: readonly number[];
  readonly lateMs: readonly number[];
  readonly seconds: number;
  /** Seconds of processor time. `picker` is a thread of `ante`. */
  readonly cpu: Readonly<Record<"ante" | "picker" | "envoy" | "load" | "servers" | "others", number>>;
}

export interface ArmSummary {
  readonly arm: Arm;
  readonly requests: number;
  readonly failures: number;
  readonly ttfbP50Ms: Spread;
  readonly ttfbP99Ms: Spread;
  /** Microseconds of processor time for each request. */
  readonly anteUs: Spread;
  readonly pickerUs: Spread;
  readonly envoyUs: Spread;
}

/** One arm against the one without a picker, block by block. */
export interface Comparison {
  readonly arm: Arm;
  readonly addedP50Ms: Spread;
  readonly addedP99Ms: Spread;
  /** Of `ante` above what it uses when it does not pick, for each request. */
  readonly pickingUs: Spread;
  readonly envoyRatio: Spread;
  /** `ante` and Envoy together. */
  readonly totalRatio: Spread;
}

export interface LoadSummary {
  readonly name: string;
  readonly requestsPerS: number;
  readonly arms: readonly ArmSummary[];
  readonly comparisons: readonly Comparison[];
  /** Of one core, the highest of any round: above a half, what measures is itself in the way. */
  readonly loadCore: number;
  readonly serversCore: number;
  /** Cores that other processes of the machine used, median. */
  readonly othersCores: number;
  readonly lateP99Ms: number;
  readonly samples: readonly string[];
}

const perRequestUs = (seconds: number, requests: number): number => (seconds * 1e6) / requests;

export function summarize(name: string, requestsPerS: number, rounds: readonly Round[]): LoadSummary {
  const merged = mergeBlocks(rounds);
  const arms = [...new Set(merged.map(({ arm }) => arm))];
  const of = (arm: Arm): readonly Round[] => merged.filter((round) => round.arm === arm);
  const plain = of("plain");
  return {
    name,
    requestsPerS,
    arms: arms.map((arm) => armSummary(arm, of(arm))),
    comparisons: arms.filter((arm) => arm !== "plain").map((arm) => compare(arm, of(arm), plain)),
    loadCore: Math.max(...rounds.map(({ cpu, seconds }) => cpu.load / seconds)),
    serversCore: Math.max(...rounds.map(({ cpu, seconds }) => cpu.servers / seconds)),
    othersCores: median(rounds.map(({ cpu, seconds }) => cpu.others / seconds)),
    lateP99Ms: median(rounds.map(({ lateMs }) => quantile(lateMs, 0.99))),
    samples: [...new Set(rounds.flatMap(({ failures }) => failures))].slice(0, 5),
  };
}

/** Both rounds that an arm has in a block count as one, so that drift within the block cancels out. */
export function mergeBlocks(rounds: readonly Round[]): readonly Round[] {
  const groups = Map.groupBy(rounds, ({ arm, block }) => `${block} ${arm}`);
  return [...groups.values()].map((group) => group.reduce(merge));
}

function merge(a: Round, b: Round): Round {
  const sum = (name: keyof Round["cpu"]): number => a.cpu[name] + b.cpu[name];
  return {
    ...a,
    requests: a.requests + b.requests,
    failures: [...a.failures, ...b.failures],
    ttfbMs: [...a.ttfbMs, ...b.ttfbMs],
    lateMs: [...a.lateMs, ...b.lateMs],
    seconds: a.seconds + b.seconds,
    cpu: {
      ante: sum("ante"),
      picker: sum("picker"),
      envoy: sum("envoy"),
      load: sum("load"),
      servers: sum("servers"),
      others: sum("others"),
    },
  };
}

function armSummary(arm: Arm, rounds: readonly Round[]): ArmSummary {
  const each = (figure: (round: Round) => number): Spread => spread(rounds.map(figure));
  return {
    arm,
    requests: rounds.reduce((sum, { requests }) => sum + requests, 0),
    failures: rounds.reduce((sum, { failures }) => sum + failures.length, 0),
    ttfbP50Ms: each(({ ttfbMs }) => quantile(ttfbMs, 0.5)),
    ttfbP99Ms: each(({ ttfbMs }) => quantile(ttfbMs, 0.99)),
    anteUs: each(({ cpu, requests }) => perRequestUs(cpu.ante, requests)),
    pickerUs: each(({ cpu, requests }) => perRequestUs(cpu.picker, requests)),
    envoyUs: each(({ cpu, requests }) => perRequestUs(cpu.envoy, requests)),
  };
}

function compare(arm: Arm, rounds: readonly Round[], plain: readonly Round[]): Comparison {
  const pairs = rounds.flatMap((round) => {
    const other = plain.find(({ block }) => block === round.block);
    return other === undefined ? [] : [{ round, other }];
  });
  const each = (figure: (round: Round, other: Round) => number): Spread =>
    spread(pairs.map(({ round, other }) => figure(round, other)));
  const envoy = ({ cpu, requests }: Round): number => perRequestUs(cpu.envoy, requests);
  const picking = (round: Round, other: Round): number =>
    perRequestUs(round.cpu.ante - (other.cpu.ante / other.seconds) * round.seconds, round.requests);
  return {
    arm,
    addedP50Ms: each((a, b) => quantile(a.ttfbMs, 0.5) - quantile(b.ttfbMs, 0.5)),
    addedP99Ms: each((a, b) => quantile(a.ttfbMs, 0.99) - quantile(b.ttfbMs, 0.99)),
    pickingUs: each(picking),
    envoyRatio: each((a, b) => envoy(a) / envoy(b)),
    totalRatio: each((a, b) => (envoy(a) + picking(a, b)) / envoy(b)),
  };
}

export function loadResult(load: LoadSummary): unknown {
  return {
    requestsPerS: rounded(load.requestsPerS),
    arms: Object.fromEntries(
      load.arms.map(({ arm, ttfbP50Ms, ttfbP99Ms, anteUs, pickerUs, envoyUs, requests, failures }) => [
        arm,
        {
          requests,
          failures,
          ttfbP50Ms: roundedSpread(ttfbP50Ms),
          ttfbP99Ms: roundedSpread(ttfbP99Ms),
          anteUs: roundedSpread(anteUs),
          pickerUs: roundedSpread(pickerUs),
          envoyUs: roundedSpread(envoyUs),
        },
      ]),
    ),
    against: Object.fromEntries(
      load.comparisons.map(({ arm, addedP50Ms, addedP99Ms, pickingUs, envoyRatio, totalRatio }) => [
        arm,
        {
          addedP50Ms: roundedSpread(addedP50Ms),
          addedP99Ms: roundedSpread(addedP99Ms),
          pickingUs: roundedSpread(pickingUs),
          envoyRatio: roundedSpread(envoyRatio),
          totalRatio: roundedSpread(totalRatio),
        },
      ]),
    ),
    loadCore: rounded(load.loadCore),
    serversCore: rounded(load.serversCore),
    othersCores: rounded(load.othersCores),
  };
}
