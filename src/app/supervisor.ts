/**
 * The main thread: starts the two workers, the Envoys and the admin port, passes on what each must know of the others,
 * and ends them in order. It reads nothing that a user writes beyond the command line.
 *
 *     control --gateways--> fleet of Envoys --their state--> control
 *     signal --> drain Envoys --> picker, control --> exit code
 */
import { createEnvoyProcess } from "../infra/process/create-envoy-process.ts";
import { Fleet, type ProxyState } from "../infra/process/fleet.ts";
import { probePort } from "../infra/process/probe-port.ts";
import type { RuntimeDir } from "../infra/process/runtime-dir.ts";
import { WorkerSupervisor } from "../infra/process/worker-supervisor.ts";
import { systemClock } from "../lib/clock.ts";
import { present } from "../lib/present.ts";
import { createLineSink, type LineSink } from "../observe/line-sink.ts";
import type { Log } from "../observe/log.ts";
import type { UpConfig } from "./config.ts";
import { type Doors, openDoors } from "./doors.ts";
import type { OpenMemories } from "./held-memories.ts";
import type {
  EnvoyReport,
  FromControl,
  FromPicker,
  GatewaySummary,
  PickerWorkerConfig,
  Sockets,
  ToControl,
  ToPicker,
  WorkerConfig,
} from "./messages.ts";
import { openRuntimeDir } from "./open-runtime-dir.ts";

export interface Ready {
  readonly gateways: readonly GatewaySummary[];
  readonly adminUrl: string;
  readonly testSocket?: string;
}

export interface SupervisorOptions {
  readonly config: UpConfig;
  readonly log: Log;
  /** Called once, when everything found at the start is in effect. */
  readonly onReady: (ready: Ready) => void;
  /** Called when nothing can be served, since no Gateway has a port. */
  readonly onHopeless: (problems: readonly string[]) => void;
}

const clock = systemClock;
/** For a worker to end what it runs. */
const workerStopMs = 3000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #runtime: RuntimeDir;
  readonly #fleet: Fleet;
  readonly #accessLog: LineSink | undefined;
  readonly #control: WorkerSupervisor<ToControl, FromControl>;
  readonly #picker: WorkerSupervisor<ToPicker, FromPicker>;
  #doors: Doors | undefined;
  #inEffect: readonly GatewaySummary[] | undefined;
  #held: OpenMemories = new Map();
  #saidReady = false;
  #saidHopeless = false;

  static async start(options: SupervisorOptions): Promise<Supervisor> {
    const runtime = await openRuntimeDir();
    const supervisor = new Supervisor(options, runtime);
    try {
      await supervisor.#start();
    } catch (error) {
      await supervisor.kill();
      throw error;
    }
    return supervisor;
  }

  private constructor(options: SupervisorOptions, runtime: RuntimeDir) {
    const { config, log } = options;
    this.#options = options;
    this.#runtime = runtime;
    const sockets: Sockets = {
      xds: runtime.socket("xds.sock"),
      picker: runtime.socket("picker.sock"),
      admin: runtime.socket("admin.sock"),
    };
    const channel = runtime.path;
    const worker = { clock, log };
    this.#accessLog = config.accessLog === "stdout" ? createLineSink(stdoutFd, () => warnOfStall(log)) : undefined;
    this.#fleet = createFleet({ config, log, runtime, sockets, accessLog: this.#accessLog });
    this.#control = new WorkerSupervisor<ToControl, FromControl>({
      ...worker,
      name: "control",
      entry: new URL("./control-worker.ts", import.meta.url),
      workerData: (): WorkerConfig => ({ config, sockets, channel, held: this.#held }),
      onMessage: (message) => this.#onControl(message),
      onRunning: () => this.#tellEnvoys(),
    });
    this.#picker = new WorkerSupervisor<ToPicker, FromPicker>({
      ...worker,
      name: "picker",
      entry: new URL("./picker-worker.ts", import.meta.url),
      workerData: (): PickerWorkerConfig => ({
        config,
        listen: { kind: "unix", path: sockets.picker },
        drainMs: 0,
        conformance: false,
        channel,
      }),
      onMessage: () => {},
    });
  }

  /** Lets running and waiting requests end, for at most the drain time; then ends everything. */
  async stop(): Promise<void> {
    const { drainMs } = this.#options.config;
    const giveUp = clock.after(Math.max(0, drainMs - 1000), () => this.#picker.post({ type: "give-up" }));
    await this.#fleet.stop(drainMs);
    giveUp();
    await this.#end(workerStopMs);
  }

  async kill(): Promise<void> {
    await this.#fleet.kill();
    await this.#end(0);
  }

  async #start(): Promise<void> {
    const { config, log } = this.#options;
    this.#doors = await openDoors({
      config,
      log,
      runtime: this.#runtime,
      threads: { control: this.#control, picker: this.#picker },
    });
    this.#fleet.state.subscribe(() => {
      this.#tellEnvoys();
      this.#checkReady();
    });
    this.#picker.start();
    this.#control.start();
  }

  async #end(workerLimitMs: number): Promise<void> {
    await Promise.all([this.#picker.stop(workerLimitMs), this.#control.stop(workerLimitMs)]);
    await this.#accessLog?.end();
    await this.#doors?.close();
    this.#runtime.remove();
  }

  #onControl(message: FromControl): void {
    switch (message.type) {
      case "gateways":
        void this.#fleet.apply(message.gateways).then(() => this.#checkReady());
        return;
      case "held":
        this.#held = message.held;
        return;
      case "in-effect":
        this.#inEffect = message.gateways;
        this.#checkReady();
    }
  }

  #tellEnvoys(): void {
    this.#control.post({ type: "envoys", envoys: this.#fleet.state.get().map(envoyReport) });
  }

  #checkReady(): void {
    const gateways = this.#inEffect;
    this.#checkHope();
    if (this.#saidHopeless || this.#saidReady || gateways === undefined || this.#doors === undefined) return;
    const ready = new Set(
      this.#fleet.state.get().flatMap(({ envoy, gateway }) => (envoy.phase === "ready" ? [gateway] : [])),
    );
    if (!gateways.every(({ gateway }) => ready.has(gateway))) return;
    this.#saidReady = true;
    const { adminUrl, testSocket } = this.#doors;
    this.#options.onReady({
      gateways,
      adminUrl,
      ...present("testSocket", testSocket),
    });
  }

  /** Before the first success only: later the other Gateways go on, and a port that is taken is asked for again. */
  #checkHope(): void {
    if (this.#saidReady || this.#saidHopeless) return;
    const proxies = this.#fleet.state.get();
    const problems = proxies.flatMap(({ portProblems }) => portProblems.map(({ problem }) => problem));
    if (problems.length === 0 || proxies.some(({ nodeId }) => nodeId !== "")) return;
    this.#saidHopeless = true;
    this.#options.onHopeless(problems);
  }
}

const stdoutFd = 1;

function warnOfStall(log: Log): void {
  log.warn(
    { text: "access log: lines are dropped, since what reads standard output is too slow; --access-log off ends them" },
    "access log lines are dropped",
  );
}

interface FleetParts {
  readonly config: UpConfig;
  readonly log: Log;
  readonly runtime: RuntimeDir;
  readonly sockets: Sockets;
  readonly accessLog: LineSink | undefined;
}

function createFleet({ config, log, runtime, sockets, accessLog }: FleetParts): Fleet {
  let envoys = 0;
  const settings = {
    clock,
    log,
    envoy: config.envoy.path,
    concurrency: config.envoy.concurrency,
    logLevel: config.envoy.logLevel,
    rejectUnknownFields: config.envoy.rejectUnknownFields,
    ...present("zone", config.zone),
    sockets: { xds: sockets.xds, picker: sockets.picker, accessLog: sockets.picker },
    limits: {
      maxHeapBytes: config.envoy.heapBytes,
      maxDownstreamConnections: 50_000,
      maxRegexProgramSize: config.envoy.regexMaxProgramSize,
    },
    onAccessLog: (line: string): void => {
      accessLog?.write(line);
    },
  };
  return new Fleet({
    clock,
    log,
    bind: config.bind,
    probe: probePort,
    // Numbered: a name would not fit a system's limit everywhere, and an Envoy that drains still has its own.
    adminSocket: () => runtime.socket(`envoy-${(envoys += 1)}.sock`),
    createProcess: (identity, ports) => createEnvoyProcess(settings, identity, ports),
    drainLimitMs: config.drainMs,
  });
}

function envoyReport({ nodeId, gateway, adminSocket, envoy, restarts, portProblems }: ProxyState): EnvoyReport {
  const detail = envoy.phase === "backing-off" ? envoy.reason : "";
  const pid = "pid" in envoy ? envoy.pid : undefined;
  return {
    nodeId,
    gateway,
    adminSocket,
    phase: envoy.phase,
    ...(pid !== undefined && { pid }),
    detail,
    restarts,
    portProblems,
  };
}
