/**
 * The scenario in virtual time: two benchmark clients, five simulated engines, and the picker's own flow control,
 * scheduler and ledger between them, with readings and ends that arrive as late as they do in life. Its numbers say what
 * an admission rule is worth before anything runs in real time.
 *
 *   bin/node test/bench/admission-model.ts [--scale 10] [--seeds 5] [--only NAME] [--scrape MS] [--lag MS] [--verbose]
 */
import { parseArgs } from "node:util";
import type { Cancel } from "../../src/lib/clock.ts";
import type { Ask } from "../../src/picker/flow/ask.ts";
import { FlowController } from "../../src/picker/flow/controller.ts";
import type { Outcome } from "../../src/picker/flow/outcome.ts";
import { Scheduler, type ScheduleSettings } from "../../src/picker/schedule/scheduler.ts";
import { LearnedTokens } from "../../src/pool/learned-output.ts";
import { Ledger } from "../../src/pool/ledger.ts";
import { ModelServer } from "../../src/pool/server.ts";
import { defaultCapacity, scaledCapacity } from "../../src/sim/capacity.ts";
import { Engine } from "../../src/sim/engine.ts";
import { VirtualClock } from "./virtual-clock.ts";

interface Variant {
  readonly name: string;
  readonly critical: boolean;
  readonly standard: boolean;
  /** Absent: least request of two at random, as Envoy does it, and no picker. */
  readonly settings?: ScheduleSettings;
}

interface Row {
  readonly meanS: number;
  readonly medianS: number;
  readonly p99S: number;
  readonly standardMeanS: number;
  readonly standardMaxS: number;
  readonly tokensPerS: number;
  readonly preemptions: number;
}

const { values: flags } = parseArgs({
  options: {
    scale: { type: "string", default: "10" },
    seeds: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    lag: { type: "string", default: "" },
    scrape: { type: "string", default: "50" },
    verbose: { type: "boolean", default: false },
  },
});
const scale = Number(flags.scale);
const servers = 5;
const prompts = 300;
const concurrency = 60;
const scrapeMs = Number(flags.scrape);
const wireMs = 1;

const headroom: ScheduleSettings = {
  admission: "headroom",
  queueDepthThreshold: 5,
  kvCacheUtilThreshold: 0.8,
  metricsStalenessMs: 200,
  holdBack: 0.8,
  maxConcurrency: 0,
  weights: { queue: 1, kvCache: 1, lora: 1, prefix: 1, session: 10 },
  prefix: { enabled: false, blockBytes: 0, maxBlocks: 128, capacity: 0 },
  fallbacks: 1,
};

const both = { critical: true, standard: true };
const variants: readonly Variant[] = [
  { name: "Critical alone", critical: true, standard: false, settings: headroom },
  { name: "Standard alone", critical: false, standard: true, settings: headroom },
  { name: "none (least request)", ...both },
  { name: "utilization", ...both, settings: { ...headroom, admission: "utilization" } },
  ...[0, 0.2, 0.5, 0.8, 1].map((holdBack) => ({
    name: `headroom, hold-back ${holdBack}`,
    ...both,
    settings: { ...headroom, holdBack },
  })),
];

function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Job {
  readonly priority: number;
  readonly model: string;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

type Send = (job: Job, onToken: (generated: number) => void, onEnd: () => void) => void;

function run(variant: Variant, seed: number): Row {
  const clock = new VirtualClock();
  const draw = random(seed);
  const capacity = scale === 1 ? defaultCapacity : scaledCapacity(defaultCapacity, scale);
  const engines = Array.from({ length: servers }, () => new Engine(clock, capacity));
  const send =
    variant.settings === undefined
      ? leastRequest(clock, engines, draw)
      : picker(clock, engines, draw, variant.settings);
  const ttft: Record<number, number[]> = { 0: [], 1: [] };
  let open = 0;
  let tokens = 0;
  const client = (priority: number, model: string, startMs: number): void => {
    let left = prompts;
    open++;
    const around = (mean: number): number => Math.round((mean * (0.8 + 0.4 * draw())) / scale);
    const next = (): void => {
      if (left === 0) return;
      left--;
      open++;
      const job = { priority, model, promptTokens: 1_000 / scale + around(3_000), outputTokens: around(3_000) };
      const sentMs = clock.monotonicMs();
      send(
        job,
        (generated) => {
          tokens++;
          if (generated === 1) {
            ttft[priority]?.push((clock.monotonicMs() - sentMs) / 1_000);
            if (flags.verbose)
              console.log(model, (sentMs / 1_000).toFixed(1), ((clock.monotonicMs() - sentMs) / 1_000).toFixed(2));
          }
        },
        () => {
          open--;
          clock.after(wireMs, next);
        },
      );
    };
    clock.after(startMs, () => {
      open--;
      for (let i = 0; i < concurrency; i++) next();
    });
  };
  const lag = flags.lag === "" ? [draw() * 2_000, draw() * 2_000] : [Number(flags.lag), 0];
  if (variant.critical) client(1, "qwen", lag[0] as number);
  if (variant.standard) client(0, "travel-helper", lag[1] as number);
  clock.run(() => open === 0);
  const critical = sorted(ttft[1] ?? []);
  const standard = sorted(ttft[0] ?? []);
  return {
    meanS: mean(critical),
    medianS: quantile(critical, 0.5),
    p99S: quantile(critical, 0.99),
    standardMeanS: mean(standard),
    standardMaxS: standard.at(-1) ?? Number.NaN,
    tokensPerS: tokens / (clock.monotonicMs() / 1_000),
    preemptions: engines.reduce((sum, engine) => sum + engine.stats().preemptions, 0),
  };
}

function leastRequest(clock: VirtualClock, engines: readonly Engine[], draw: () => number): Send {
  const active = engines.map(() => 0);
  return (job, onToken, onEnd) => {
    const [a, b] = [Math.floor(draw() * engines.length), Math.floor(draw() * engines.length)];
    const at = (active[a] as number) <= (active[b] as number) ? a : b;
    active[at] = (active[at] as number) + 1;
    clock.after(wireMs, () =>
      engines[at]?.submit(request(job), {
        onToken,
        onEnd() {
          active[at] = (active[at] as number) - 1;
          onEnd();
        },
      }),
    );
  };
}

function picker(clock: VirtualClock, engines: readonly Engine[], draw: () => number, settings: ScheduleSettings): Send {
  const models = engines.map((_, i) => new ModelServer(`10.0.0.${i + 1}:8000`));
  const byAddress = new Map(models.map((server, i) => [server.address, { server, engine: engines[i] as Engine }]));
  const at = (address: string): { readonly server: ModelServer; readonly engine: Engine } =>
    byAddress.get(address) as { server: ModelServer; engine: Engine };
  const learned = new LearnedTokens();
  const ledger = new Ledger(
    { server: (address) => at(address).server, onRoom: () => wake() },
    { leaseMs: 3_600_000, lackMs: 3_000 },
  );
  let ids = 0;
  const scheduler = new Scheduler(
    { ledger, learned, random: draw, uniqueId: () => `p${ids++}` },
    { settings, models: [{ priority: 1 }, { priority: 0 }] },
  );
  scheduler.setServers(models);
  const now = () => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() });
  const wake = (): void => {
    scheduler.observe(now());
    flow.drain(now());
  };
  const flow = new FlowController({
    placer: scheduler,
    settings: {
      queueing: true,
      queueTtlMs: 0,
      maxDeadlineMs: 0,
      starvationBoundMs: 0,
      starvationShare: 0.1,
      maxQueuedRequests: 5_000,
      maxQueuedBytes: 1e9,
      waitForEndpointsMs: 0,
    },
  });
  models.forEach((server, i) => {
    const scrape = (): Cancel => {
      const sentAtMs = clock.monotonicMs();
      return clock.after(wireMs, () => {
        const stats = (engines[i] as Engine).stats();
        clock.after(wireMs, () => {
          server.read(
            {
              running: stats.running,
              waiting: stats.waiting,
              kvCacheUtil: stats.kvUsage,
              cache: { blockSize: defaultCapacity.blockSize, blocks: (engines[i] as Engine).capacity.kvBlocks },
              adapters: { running: stats.runningLoras, waiting: stats.waitingLoras, max: 4 },
              promptTokensTotal: stats.promptTokens,
              generationTokensTotal: stats.generatedTokens,
              requestSuccessTotal: stats.finished,
              preemptionsTotal: stats.preemptions,
            },
            sentAtMs,
          );
          server.setState("ready");
          ledger.reconcile(server, clock.monotonicMs());
          learned.calibrate(server);
          wake();
          clock.after(scrapeMs * (0.9 + 0.2 * draw()), scrape);
        });
      });
    };
    scrape();
  });
  return (job, onToken, onEnd) => {
    const ask: Ask = {
      id: `r${ids++}`,
      requestTimeMs: clock.wallMs(),
      pool: "v1/default/qwen-pool",
      model: job.model,
      target: job.model === "qwen" ? "qwen" : "travel-helper-v1",
      priority: job.priority,
      flow: "default-flow",
      bytes: Math.round(job.promptTokens * (4.3 + draw())),
      outputLimit: job.outputTokens,
      answers: 1,
      routeTimeoutMs: 0,
    };
    const settle = (outcome: Outcome): void => {
      if (outcome.kind !== "placed") throw new Error(`Cannot serve ask: it was ${outcome.kind}`);
      const { id, endpoints } = outcome.placement;
      const { server, engine } = at(endpoints[0]);
      clock.after(wireMs, () =>
        engine.submit(request(job), {
          onToken,
          onEnd() {
            onEnd();
            clock.after(10 + 40 * draw(), () => {
              const lease = ledger.get(id);
              if (lease !== undefined) learned.ended(lease, server, {}, clock.monotonicMs());
              ledger.end(id);
            });
          },
        }),
      );
    };
    flow.admit(ask, settle, now());
  };
}

function request(job: Job): { readonly promptTokens: number; readonly maxTokens: number; readonly lora?: string } {
  const { promptTokens, outputTokens: maxTokens } = job;
  return { promptTokens, maxTokens, ...(job.priority === 0 ? { lora: "travel-helper-v1" } : {}) };
}

function sorted(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(values: readonly number[], q: number): number {
  return values[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;
}

function medianRow(rows: readonly Row[]): Row {
  const of = (key: keyof Row): number => quantile(sorted(rows.map((row) => row[key])), 0.5);
  return {
    meanS: of("meanS"),
    medianS: of("medianS"),
    p99S: of("p99S"),
    standardMeanS: of("standardMeanS"),
    standardMaxS: of("standardMaxS"),
    tokensPerS: of("tokensPerS"),
    preemptions: of("preemptions"),
  };
}

const number = (value: number, digits: number): string => (Number.isNaN(value) ? "-" : value.toFixed(digits));
console.log(`scale 1/${scale}, ${flags.seeds} seeds, medians`);
console.log("admission".padEnd(26), "mean   median p99    | Standard mean max | tokens/s preemptions");
for (const variant of variants) {
  if (!variant.name.includes(flags.only)) continue;
  const rows = Array.from({ length: Number(flags.seeds) }, (_, seed) => run(variant, seed + 1));
  for (const row of [...(flags.verbose ? rows : []), medianRow(rows)]) {
    console.log(
      variant.name.padEnd(26),
      [row.meanS, row.medianS, row.p99S].map((s) => number(s, 2).padStart(6)).join(" "),
      "|",
      [row.standardMeanS, row.standardMaxS].map((s) => number(s, 1).padStart(6)).join(" "),
      "|",
      number(row.tokensPerS, 0).padStart(6),
      number(row.preemptions, 0).padStart(5),
    );
  }
}
