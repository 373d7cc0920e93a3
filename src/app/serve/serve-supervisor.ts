/**
 * The main thread of `ante serve`: starts the two workers and the admin port, and ends them in order. The API server,
 * the proxies and what users write are the workers' business.
 *
 *     signal --> control hands over what it owns --> picker --> exit code
 */
import type { RuntimeDir } from "../../infra/process/runtime-dir.ts";
import { WorkerSupervisor } from "../../infra/process/worker-supervisor.ts";
import { systemClock } from "../../lib/clock.ts";
import type { Log } from "../../observe/log.ts";
import { type Doors, openDoors } from "../doors.ts";
import type { OpenMemories } from "../held-memories.ts";
import type { FromPicker, PickerWorkerConfig, TestOrder, ToPicker } from "../messages.ts";
import { openRuntimeDir } from "../open-runtime-dir.ts";
import type { FromServeControl, ServeWorkerConfig } from "./messages.ts";
import { takenOverMs } from "./ownership.ts";
import type { ServeConfig } from "./serve-config.ts";

export interface ServeSupervisorOptions {
  readonly config: ServeConfig;
  readonly log: Log;
  /** Called when it cannot serve as asked, with what is to be mended. */
  readonly onRefused: (message: string) => void;
}

const clock = systemClock;
/** For a worker to end what it runs, beside what may be handed over or drained. */
const workerStopMs = 5_000;

export class ServeSupervisor {
  readonly #options: ServeSupervisorOptions;
  readonly #runtime: RuntimeDir;
  readonly #control: WorkerSupervisor<TestOrder, FromServeControl>;
  readonly #picker: WorkerSupervisor<ToPicker, FromPicker>;
  #doors: Doors | undefined;
  #held: OpenMemories = new Map();

  static async start(options: ServeSupervisorOptions): Promise<ServeSupervisor> {
    const runtime = await openRuntimeDir();
    const supervisor = new ServeSupervisor(options, runtime);
    try {
      await supervisor.#start();
    } catch (error) {
      await supervisor.kill();
      throw error;
    }
    return supervisor;
  }

  private constructor(options: ServeSupervisorOptions, runtime: RuntimeDir) {
    const { config, log } = options;
    this.#options = options;
    this.#runtime = runtime;
    const adminSocket = runtime.socket("admin.sock");
    const channel = runtime.path;
    const worker = { clock, log };
    this.#control = new WorkerSupervisor<TestOrder, FromServeControl>({
      ...worker,
      name: "control",
      entry: new URL("./control-worker.ts", import.meta.url),
      workerData: (): ServeWorkerConfig => ({ config, adminSocket, channel, held: this.#held }),
      onMessage: (message) => this.#onControl(message),
    });
    this.#picker = new WorkerSupervisor<ToPicker, FromPicker>({
      ...worker,
      name: "picker",
      entry: new URL("../picker-worker.ts", import.meta.url),
      workerData: (): PickerWorkerConfig => ({
        config,
        listen: { kind: "tls", host: "0.0.0.0", port: config.ports.picker },
        drainMs: config.drainMs,
        conformance: config.conformance,
        channel,
      }),
      onMessage: () => {},
    });
  }

  get adminUrl(): string {
    return this.#doors?.adminUrl ?? "";
  }

  get testSocket(): string | undefined {
    return this.#doors?.testSocket;
  }

  /** Hands over what it owns; what cannot be handed over may take the drain time. */
  async stop(): Promise<void> {
    const { drainMs } = this.#options.config;
    await this.#control.stop(Math.max(takenOverMs, drainMs) + workerStopMs);
    await this.#picker.stop(drainMs + workerStopMs);
    await this.#end();
  }

  async kill(): Promise<void> {
    await Promise.all([this.#picker.stop(0), this.#control.stop(0)]);
    await this.#end();
  }

  async #start(): Promise<void> {
    const { config, log } = this.#options;
    this.#doors = await openDoors({
      config,
      log,
      runtime: this.#runtime,
      threads: { control: this.#control, picker: this.#picker },
    });
    this.#picker.start();
    this.#control.start();
  }

  #onControl(message: FromServeControl): void {
    if (message.type === "held") this.#held = message.held;
    else this.#options.onRefused(message.message);
  }

  async #end(): Promise<void> {
    await this.#doors?.close();
    this.#runtime.remove();
  }
}
