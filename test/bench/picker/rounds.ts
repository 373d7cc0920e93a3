import { setTimeout as sleep } from "node:timers/promises";
import { busySeconds } from "../process/machine.ts";
import { cpuSeconds, readThreads, type ThreadTimes } from "../process/threads.ts";
import type { Worker } from "../process/worker.ts";
import { quantile } from "../stats.ts";
import { type Arm, arms, modelOf, thereAndBack } from "./arm.ts";
import type { LoadAnswer, LoadOrder } from "./load-process.ts";
import type { Round } from "./result.ts";
import type { Rig } from "./rig.ts";
import type { Load } from "./workload.ts";

export interface RoundsOptions {
  readonly rig: Rig;
  readonly clients: Worker<LoadOrder, LoadAnswer>;
  readonly load: Load;
  readonly blocks: number;
  readonly roundS: number;
  readonly signal: AbortSignal;
}

const warmUpS = 3;
/** Reports of requests' ends come late, and belong to the round. */
const afterMs = 300;

/** Blocks of rounds, each with every arm there and back, after a warm-up of each. */
export async function runRounds(options: RoundsOptions & { readonly requestsPerS: number }): Promise<readonly Round[]> {
  const { blocks, roundS, requestsPerS, signal } = options;
  const warmUp = Math.min(warmUpS, roundS);
  for (const arm of arms) await runRound(options, { arm, block: -1, requestsPerS, seconds: warmUp });
  const rounds: Round[] = [];
  for (let block = 0; block < blocks; block++) {
    for (const arm of thereAndBack(arms)) {
      signal.throwIfAborted();
      rounds.push(await runRound(options, { arm, block, requestsPerS, seconds: roundS }));
    }
  }
  return rounds;
}

const ladder = [10, 20, 40, 60, 90, 130, 190, 280, 400, 600] as const;
const stepS = 3;
const heldP95Ms = 250;
/** Latency at the very limit says nothing, and measures no two arms alike. */
const shareOfHeld = 0.7;

/** The rate to measure at: a share of the highest at which the most expensive arm still answers in time. */
export async function findRate(options: RoundsOptions): Promise<number> {
  const step = (requestsPerS: number): Promise<Round> =>
    runRound(options, { arm: "body", block: -1, requestsPerS, seconds: stepS });
  await step(ladder[0]);
  let held: number = ladder[0];
  for (const requestsPerS of ladder) {
    options.signal.throwIfAborted();
    const { failures, ttfbMs } = await step(requestsPerS);
    if (failures.length > 0 || quantile(ttfbMs, 0.95) > heldP95Ms) break;
    held = requestsPerS;
  }
  return held * shareOfHeld;
}

interface RoundOrder {
  readonly arm: Arm;
  readonly block: number;
  readonly requestsPerS: number;
  readonly seconds: number;
}

async function runRound(options: RoundsOptions, { arm, block, requestsPerS, seconds }: RoundOrder): Promise<Round> {
  const { rig, clients, load } = options;
  await rig.servers.ask({ type: "answer", events: load.events, everyMs: load.everyMs });
  const before = readAll(rig, clients.pid);
  const answer = await clients.ask({
    port: rig.port,
    model: modelOf(arm),
    requestsPerS,
    seconds,
    promptBytes: load.promptBytes,
    maxTokens: load.events,
    seed: block + 2,
  });
  await sleep(afterMs);
  const after = readAll(rig, clients.pid);
  const of = (group: keyof Readings["groups"], thread?: string): number =>
    cpuSeconds(before.groups[group], after.groups[group], thread);
  const own = of("ante") + of("envoy") + of("load") + of("servers") + of("bench");
  return {
    arm,
    block,
    requests: answer.sent,
    failures: answer.failures,
    ttfbMs: answer.ttfbMs,
    lateMs: answer.lateMs,
    seconds: (after.atMs - before.atMs) / 1_000,
    cpu: {
      ante: of("ante"),
      picker: of("ante", "picker"),
      envoy: of("envoy"),
      load: of("load"),
      servers: of("servers"),
      others: Math.max(0, after.busyS - before.busyS - own),
    },
  };
}

interface Readings {
  readonly atMs: number;
  readonly busyS: number;
  readonly groups: Readonly<Record<"ante" | "envoy" | "load" | "servers" | "bench", ThreadTimes>>;
}

function readAll({ gateway, servers }: Rig, clients: number): Readings {
  return {
    atMs: performance.now(),
    busyS: busySeconds(),
    groups: {
      ante: readThreads([gateway.child.pid]),
      envoy: readThreads(gateway.envoys()),
      load: readThreads([clients]),
      servers: readThreads([servers.pid]),
      bench: readThreads([process.pid]),
    },
  };
}
