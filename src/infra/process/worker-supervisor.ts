/**
 * One worker thread that is kept running until it is stopped. Its end, an uncaught error or a heartbeat that stays
 * away (a blocked event loop) is answered by a new thread, after a back-off. Runs in the main thread; owns the thread,
 * produces its state and its messages.
 */
import { Worker } from "node:worker_threads";
import type { Cancel, Clock } from "../../lib/clock.ts";
import { type Watchable, WatchableValue } from "../../lib/watchable.ts";
import type { Log } from "../../observe/log.ts";
import { BackOff, type BackOffOptions } from "./back-off.ts";
import { type FromWorker, heartbeatMs, type ToWorker } from "./worker-protocol.ts";

export type WorkerState =
  | { readonly phase: "starting" }
  | { readonly phase: "running" }
  | { readonly phase: "backing-off"; readonly reason: string; readonly delayMs: number }
  | { readonly phase: "stopped" };

export interface WorkerSupervisorOptions<Incoming> {
  readonly name: string;
  readonly entry: URL;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked at each start. */
  readonly workerData: () => unknown;
  readonly onMessage: (message: Incoming) => void;
  /** A new thread has beaten for the first time: tell it the latest values. */
  readonly onRunning?: () => void;
  readonly maxHeapMb?: number;
  /** Heartbeats that may stay away in a row. */
  readonly missedBeats?: number;
  /** Time for loading the code, until the first heartbeat. */
  readonly startBeats?: number;
  readonly backOff?: BackOffOptions;
}

/** The first restart is immediate: Envoy's requests wait for a picker. */
const defaultBackOff: BackOffOptions = { firstMs: 10, maxMs: 5000, stableMs: 10_000 };

export class WorkerSupervisor<Outgoing, Incoming> {
  readonly state: Watchable<WorkerState>;
  readonly #state = new WatchableValue<WorkerState>({ phase: "stopped" });
  readonly #options: WorkerSupervisorOptions<Incoming>;
  readonly #backOff: BackOff;
  #worker: Worker | undefined;
  #startedMs = 0;
  #beatsMissed = 0;
  #reason = "";
  #cancelTick: Cancel = () => {};
  #cancelRestart: Cancel = () => {};
  #stopping: Promise<void> | undefined;
  #restarts = 0;

  constructor(options: WorkerSupervisorOptions<Incoming>) {
    this.#options = options;
    this.#backOff = new BackOff(options.backOff ?? defaultBackOff);
    this.state = this.#state;
  }

  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    if (this.#worker !== undefined || this.#stopping !== undefined) return;
    const { name, entry, workerData, maxHeapMb, clock } = this.#options;
    this.#startedMs = clock.monotonicMs();
    this.#beatsMissed = 0;
    this.#reason = "";
    this.#state.set({ phase: "starting" });
    const worker = new Worker(entry, {
      name,
      workerData: workerData(),
      ...(maxHeapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } }),
    });
    this.#worker = worker;
    worker.on("message", (message: FromWorker<Incoming>) => this.#onMessage(message));
    worker.on("error", (error) => {
      this.#reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    worker.on("exit", (code) => this.#onExit(code));
    this.#tick(worker);
  }

  /** Lost when the worker is not running: `onRunning` is where the latest values are told again. */
  post(message: Outgoing): void {
    this.#send({ kind: "message", message });
  }

  /** Asks the worker to end; after `limitMs` it is ended. */
  stop(limitMs: number): Promise<void> {
    this.#stopping ??= this.#stop(limitMs);
    return this.#stopping;
  }

  #send(message: ToWorker<Outgoing>): void {
    this.#worker?.postMessage(message);
  }

  #onMessage(received: FromWorker<Incoming>): void {
    this.#beatsMissed = 0;
    if (this.#state.get().phase === "starting" && this.#stopping === undefined) {
      this.#state.set({ phase: "running" });
      this.#options.onRunning?.();
    }
    if (received.kind === "message") this.#options.onMessage(received.message);
  }

  /**
   * Counts turns of our own timer since the last beat, not time: after a suspended laptop wakes, time has passed for
   * both threads and the worker is well.
   */
  #tick(worker: Worker): void {
    const { clock, missedBeats = 10, startBeats = 30 } = this.#options;
    this.#cancelTick = clock.after(heartbeatMs, () => {
      this.#beatsMissed += 1;
      if (this.#beatsMissed > (this.#state.get().phase === "starting" ? startBeats : missedBeats)) {
        this.#reason = `no heartbeat for ${(this.#beatsMissed * heartbeatMs) / 1000} s`;
        void worker.terminate();
        return;
      }
      this.#tick(worker);
    });
  }

  #onExit(code: number): void {
    const { clock, log, name } = this.#options;
    this.#cancelTick();
    this.#worker = undefined;
    if (this.#stopping !== undefined) return;
    const reason = this.#reason === "" ? `exit code ${code}` : this.#reason;
    const delayMs = this.#backOff.next(clock.monotonicMs() - this.#startedMs);
    log.error({ worker: name, reason, restartInMs: delayMs }, "A worker thread ended and is started again");
    this.#state.set({ phase: "backing-off", reason, delayMs });
    this.#cancelRestart = clock.after(delayMs, () => {
      this.#restarts += 1;
      this.start();
    });
  }

  async #stop(limitMs: number): Promise<void> {
    this.#cancelRestart();
    const worker = this.#worker;
    if (worker !== undefined) {
      const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
      this.#send({ kind: "stop" });
      const cancel = this.#options.clock.after(limitMs, () => void worker.terminate());
      await exited;
      cancel();
    }
    this.#state.set({ phase: "stopped" });
  }
}
