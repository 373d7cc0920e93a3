/** One pool at work: its models, its flow control, its scheduler, and the timer that wakes it. */
import type { Cancel, Clock } from "../lib/clock.ts";
import type { PoolIr, PoolSettingsIr } from "../model/ir.ts";
import type { ModelServer } from "../pool/server.ts";
import type { Ask } from "./flow/ask.ts";
import { FlowController } from "./flow/controller.ts";
import type { Moment } from "./flow/ports.ts";
import type { KnownLabels } from "./metrics.ts";
import { createModelIndex, type ModelIndex, standardPriority } from "./request/model-index.ts";
import { createStandingRules, type StandingRules } from "./request/standing.ts";
import { type ScheduledPool, Scheduler, type SchedulerPorts } from "./schedule/scheduler.ts";

export class PoolRuntime {
  readonly flow: FlowController;
  readonly scheduler: Scheduler;
  readonly #clock: Clock;
  #ir: PoolIr;
  #models: ModelIndex;
  #standings: StandingRules;
  #stopped = false;
  #timer: { readonly dueMs: number; readonly cancel: Cancel } | undefined;

  constructor(ir: PoolIr, clock: Clock, ports: SchedulerPorts) {
    this.#ir = ir;
    this.#clock = clock;
    this.#models = createModelIndex(ir);
    this.#standings = standingsOf(ir);
    this.scheduler = new Scheduler(ports, withLevels(ir));
    const cost = (ask: Ask): number => {
      const { promptTokens, outputTokens } = ports.learned.expect(ask);
      return promptTokens + outputTokens;
    };
    this.flow = new FlowController({ placer: this.scheduler, settings: ir.settings, cost });
  }

  get ir(): PoolIr {
    return this.#ir;
  }

  get settings(): PoolSettingsIr {
    return this.#ir.settings;
  }

  get models(): ModelIndex {
    return this.#models;
  }

  /** What its requests may be, as far as its configuration says. */
  get known(): KnownLabels {
    const { key, models, objectives = [] } = this.#ir;
    return {
      pool: key,
      priorities: [...new Set([standardPriority, ...[...models, ...objectives].map(({ priority }) => priority)])],
      models: [...this.#models.byName.keys()],
    };
  }

  get standings(): StandingRules {
    return this.#standings;
  }

  configure(ir: PoolIr, now: Moment): void {
    if (ir === this.#ir) return;
    this.#ir = ir;
    this.#models = createModelIndex(ir);
    this.#standings = standingsOf(ir);
    this.scheduler.configure(withLevels(ir));
    this.flow.configure(ir.settings, now);
  }

  setServers(servers: readonly ModelServer[], hasEndpoints: boolean, now: Moment): void {
    this.scheduler.setServers(servers);
    this.flow.setHasEndpoints(hasEndpoints, now);
  }

  /** After whatever may have changed who waits. A timer that comes too early asks again. */
  armTimer(): void {
    const dueMs = this.#stopped ? undefined : this.flow.nextDueMs;
    if (dueMs === undefined || (this.#timer !== undefined && this.#timer.dueMs <= dueMs)) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(dueMs - this.#clock.monotonicMs(), () => this.#wake());
    this.#timer = { dueMs, cancel };
  }

  /** The pool is gone: those that wait are told so. */
  retire(now: Moment): void {
    this.flow.configure({ ...this.#ir.settings, waitForEndpointsMs: 0 }, now);
    this.flow.setHasEndpoints(false, now);
    this.stop();
  }

  /** Streams that end afterwards arm no timer. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wake(): void {
    this.#timer = undefined;
    const now = { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
    if ((this.flow.nextDueMs ?? Number.POSITIVE_INFINITY) <= now.monotonicMs) this.flow.wake(now);
    this.armTimer();
  }
}

function standingsOf({ objectives = [], settings }: PoolIr): StandingRules {
  return createStandingRules(objectives, settings);
}

/** The levels that its requests may have are those of its models and of its objectives. */
function withLevels({ settings, models, objectives = [] }: PoolIr): ScheduledPool {
  return { settings, models: [...models, ...objectives] };
}
