/**
 * A benchmark client in the manner of vLLM's: for each model a closed loop with so many requests in flight. It reads a
 * plan, produces a record of every request, and owns its connections.
 *
 *   workload (seeded) --body--> request --HTTP, events--> record --> summary
 */
import type { Clock } from "../../lib/clock.ts";
import { sleep } from "../../lib/sleep.ts";
import { gammaOfMeanOne, randomOf } from "./random.ts";
import type { LoadRun, ModelRun, RequestRecord } from "./record.ts";
import { createSender, type Sender } from "./request.ts";
import { requestBody, type Target } from "./target.ts";
import { type RandomDataset, sampleAt } from "./workload.ts";

export interface LoadPlan {
  readonly target: Target;
  /** All at once, each with its own requests and its own limit. */
  readonly models: readonly string[];
  readonly numPrompts: number;
  readonly maxConcurrency: number;
  /** Requests per second and model; Infinity: as soon as the limit allows. */
  readonly requestRate: number;
  /** Shape of the gaps between arrivals; 1 is a Poisson process, less is burstier. */
  readonly burstiness: number;
  /** The places of the limit open at random times within so long: clients do not start at the very same moment. */
  readonly startWithinMs: number;
  readonly dataset: RandomDataset;
  readonly seed: number;
}

export interface LoadPorts {
  readonly clock: Clock;
  /** Ends the run early; what was not answered is recorded as interrupted. */
  readonly signal: AbortSignal;
  readonly onRecord: (model: string, record: RequestRecord) => void;
}

/** Random numbers of the run itself, apart from those of the samples. */
const slotPlace = -2;
const arrivalPlace = -3;

export async function runLoad(plan: LoadPlan, ports: LoadPorts): Promise<LoadRun> {
  const { clock } = ports;
  const sender = createSender(plan.target, clock);
  const startedAtMs = clock.wallMs();
  const startMs = clock.monotonicMs();
  const models = await Promise.all(plan.models.map((_, index) => runModel(plan, index, { ...ports, sender, startMs })));
  sender.close();
  return { startedAtMs, durationMs: clock.monotonicMs() - startMs, models };
}

interface ModelPorts extends LoadPorts {
  readonly sender: Sender;
  readonly startMs: number;
}

async function runModel(plan: LoadPlan, modelIndex: number, ports: ModelPorts): Promise<ModelRun> {
  const { clock, signal, sender, startMs, onRecord } = ports;
  const model = plan.models[modelIndex] as string;
  const arrivals = arrivalTimesMs(plan, modelIndex);
  const records: RequestRecord[] = [];
  let next = 0;

  const loop = async (slot: number): Promise<void> => {
    const opensMs = plan.startWithinMs * randomOf(plan.seed, slotPlace, modelIndex, slot)();
    await waitUntil(clock, startMs + opensMs, signal);
    while (next < plan.numPrompts && !signal.aborted) {
      const index = next++;
      await waitUntil(clock, startMs + (arrivals[index] ?? 0), signal);
      if (signal.aborted) return;
      const sample = sampleAt(plan.dataset, { seed: plan.seed, model: modelIndex, index });
      const body = requestBody(plan.target, model, sample);
      const sentMs = clock.monotonicMs() - startMs;
      const outcome = await sender.send(body, signal);
      const endMs = clock.monotonicMs() - startMs;
      const record = { startMs: sentMs, endMs, promptTokens: sample.promptTokens, outcome };
      records.push(record);
      onRecord(model, record);
    }
  };
  await Promise.all(Array.from({ length: Math.min(plan.maxConcurrency, plan.numPrompts) }, (_, slot) => loop(slot)));
  return { model, records };
}

function arrivalTimesMs(
  { requestRate, burstiness, numPrompts, seed }: LoadPlan,
  modelIndex: number,
): readonly number[] {
  if (!Number.isFinite(requestRate)) return [];
  const random = randomOf(seed, arrivalPlace, modelIndex);
  let atMs = 0;
  return Array.from({ length: numPrompts }, () => {
    const arrivesMs = atMs;
    atMs += (1_000 / requestRate) * gammaOfMeanOne(random, burstiness);
    return arrivesMs;
  });
}

function waitUntil(clock: Clock, dueMs: number, signal: AbortSignal): Promise<void> {
  const leftMs = dueMs - clock.monotonicMs();
  return leftMs <= 0 ? Promise.resolve() : sleep(clock, leftMs, signal);
}
