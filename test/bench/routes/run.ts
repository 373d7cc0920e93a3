/** One `ante up` with so many routes: loads them, adds one more, moves an endpoint, and watches what that costs. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../helpers/ports.ts";
import { spawnAnte } from "../process/child.ts";
import { type Gateway, spawnGateway } from "../process/gateway.ts";
import { type Processes, withProcesses } from "../process/processes.ts";
import { cpuSeconds, readMemory, readThreads } from "../process/threads.ts";
import { answers, waitFor } from "../process/wait.ts";
import { type App, appFiles, fileOf, gatewayYaml, hostOf, type Layout, makeApps, type ServerAddress } from "./apps.ts";
import { measured } from "./measured.ts";
import { askAllTheTime, type Effect, Prober } from "./prober.ts";
import type { ChangeFigures, LoadFigures, OneChange, RouteFigures } from "./result.ts";
import { startNamedServer } from "./servers.ts";

export interface RoutesRunOptions {
  readonly routes: number;
  readonly layout: Layout;
  /** How often one more route is added, and how often an endpoint moves. */
  readonly changes: number;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

const loadLimitMs = 300_000;
/** Between changes: what is done late about one must not be counted for the next. */
const pauseMs = 1_500;
const idleMs = 10_000;
const backgroundPauseMs = 20;
const calibrationProbes = 300;

export function runRoutes(options: RoutesRunOptions): Promise<RouteFigures> {
  return withProcesses(async (processes) => {
    const world = await createWorld(options, processes);
    const load = await world.load();
    options.print(`  loaded in ${(load.ms / 1_000).toFixed(1)} s`);
    return { routes: options.routes, layout: options.layout, load, ...(await world.changes()) };
  });
}

async function createWorld(options: RoutesRunOptions, processes: Processes): Promise<RoutesWorld> {
  const [before, after] = [await startNamedServer("before"), await startNamedServer("after")];
  processes.add(before);
  processes.add(after);
  const world = new RoutesWorld(options, processes, {
    gateway: { address: "127.0.0.1", port: await freePort() },
    before,
    after,
  });
  return world;
}

interface Addresses {
  readonly gateway: ServerAddress;
  readonly before: ServerAddress;
  readonly after: ServerAddress;
}

class RoutesWorld {
  readonly #options: RoutesRunOptions;
  readonly #processes: Processes;
  readonly #dir: string;
  readonly #addresses: Addresses;
  readonly #prober: Prober;
  #apps: readonly App[];
  #gateway: Gateway | undefined;

  constructor(options: RoutesRunOptions, processes: Processes, addresses: Addresses) {
    this.#options = options;
    this.#processes = processes;
    this.#addresses = addresses;
    this.#dir = join(processes.home, "config");
    this.#prober = new Prober(addresses.gateway);
    this.#apps = makeApps(options.routes, addresses.before);
  }

  /** From the start of the process until the last route answers and all is acknowledged. */
  async load(): Promise<LoadFigures> {
    const { home } = this.#processes;
    mkdirSync(this.#dir);
    writeFileSync(join(this.#dir, "gateway.yaml"), gatewayYaml(this.#addresses.gateway.port));
    for (const [file, text] of appFiles(this.#apps, this.#options.layout)) writeFileSync(join(this.#dir, file), text);
    const startMs = performance.now();
    const gateway = await spawnGateway({
      dir: this.#dir,
      home,
      start: (args) => this.#processes.add(spawnAnte(args, join(home, "gateway.log"))),
    });
    this.#gateway = gateway;
    const patience = { limitMs: loadLimitMs, signal: this.#options.signal };
    await waitFor("the gateway to be ready", gateway.child, () => answers(`${gateway.admin}/readyz`), patience);
    const last = hostOf(this.#apps.at(-1) as App);
    const isServed = async (): Promise<boolean> =>
      (await this.#prober.ask(last).catch(() => undefined))?.status === 200;
    await waitFor("the last route to answer", gateway.child, isServed, patience);
    const ms = performance.now() - startMs;
    const ante = readThreads([gateway.child.pid]);
    return {
      ms,
      anteCpuS: cpuSeconds(new Map(), ante),
      controlCpuS: cpuSeconds(new Map(), ante, "control"),
      envoyCpuS: cpuSeconds(new Map(), readThreads(gateway.envoys())),
      anteMemory: readMemory(gateway.child.pid),
      envoyMemory: readMemory(gateway.envoys()[0] ?? 0),
    };
  }

  async changes(): Promise<Omit<RouteFigures, "routes" | "layout" | "load">> {
    const { changes, print } = this.#options;
    await this.#pause(2 * pauseMs);
    const idleCpu = await this.#idleCpu();
    const probeCpuS = await this.#calibrate();
    const background = new Prober(this.#addresses.gateway);
    const asking = askAllTheTime(background, hostOf(this.#apps[0] as App), backgroundPauseMs);
    const added: OneChange[] = [];
    const removed: OneChange[] = [];
    const moved: OneChange[] = [];
    const ackedBefore = await this.#acked();
    for (let index = 0; index < changes; index++) {
      const app = { name: `more-${index}`, server: this.#addresses.before };
      added.push(await this.#change(app, () => this.#write([...this.#apps, app], app), 200, probeCpuS));
      removed.push(await this.#change(app, () => this.#remove(app), 404, probeCpuS));
    }
    const ackedAfter = await this.#acked();
    print(`  ${changes} routes added and removed`);
    for (let index = 0; index < changes; index++) moved.push(await this.#move(index, probeCpuS));
    print(`  ${changes} endpoints moved`);
    const asked = await asking.stop();
    const unexpected = [...this.#prober.unexpected, ...background.unexpected];
    background.stop();
    this.#prober.stop();
    return {
      idleCpu,
      probeCpuMs: probeCpuS * 1_000,
      added: figures(added),
      removed: figures(removed),
      moved: figures(moved),
      publishedToAckMs: ((ackedAfter.seconds - ackedBefore.seconds) * 1_000) / (ackedAfter.count - ackedBefore.count),
      backgroundAsked: asked,
      unexpected: unexpected.length,
      samples: [...new Set(unexpected)].slice(0, 5),
    };
  }

  async #change(app: App, change: () => void, status: number, probeCpuS: number): Promise<OneChange> {
    return this.#measured(probeCpuS, () => {
      const sinceMs = performance.now();
      change();
      return this.#prober.until(hostOf(app), {
        sinceMs,
        wanted: (answer) => answer.status === status,
        allowed: (answer) => answer.status === 200 || answer.status === 404,
      });
    });
  }

  /** One application's only server is another one from now on. */
  async #move(index: number, probeCpuS: number): Promise<OneChange> {
    const at = (index * 7) % this.#apps.length;
    const app = this.#apps[at] as App;
    const isBack = app.server === this.#addresses.after;
    const moved = { ...app, server: isBack ? this.#addresses.before : this.#addresses.after };
    const server = isBack ? "before" : "after";
    this.#apps = this.#apps.map((each) => (each === app ? moved : each));
    return this.#measured(probeCpuS, () => {
      const sinceMs = performance.now();
      this.#write(this.#apps, moved);
      return this.#prober.until(hostOf(moved), {
        sinceMs,
        wanted: ({ body }) => body === server,
        allowed: ({ status }) => status === 200,
      });
    });
  }

  async #measured(probeCpuS: number, change: () => Promise<Effect>): Promise<OneChange> {
    this.#options.signal.throwIfAborted();
    const { child, envoys } = this.#running();
    const roles = { ante: () => [child.pid], envoy: envoys };
    const { ms, asked, cpuMs, allCpuMs } = await measured(roles, () => this.#pause(pauseMs), change);
    return {
      ms,
      anteCpuMs: cpuMs.ante,
      allAnteCpuMs: allCpuMs.ante,
      envoyCpuMs: cpuMs.envoy - asked * probeCpuS * 1_000,
    };
  }

  #write(apps: readonly App[], changed: App): void {
    const { layout } = this.#options;
    const file = fileOf(changed, layout);
    const text = appFiles(layout === "file-each" ? [changed] : apps, layout).get(file) ?? "";
    writeFileSync(join(this.#dir, file), text);
  }

  #remove(app: App): void {
    if (this.#options.layout === "file-each") rmSync(join(this.#dir, fileOf(app, "file-each")));
    else this.#write(this.#apps, app);
  }

  /** Share of a core that `ante` uses while nothing changes. */
  async #idleCpu(): Promise<number> {
    const { child } = this.#running();
    const before = readThreads([child.pid]);
    await this.#pause(idleMs);
    return (cpuSeconds(before, readThreads([child.pid])) * 1_000) / idleMs;
  }

  /** Envoy's own time for one probe. */
  async #calibrate(): Promise<number> {
    const { envoys } = this.#running();
    const before = readThreads(envoys());
    for (let index = 0; index < calibrationProbes; index++) await this.#prober.ask("nobody.example.com");
    return cpuSeconds(before, readThreads(envoys())) / calibrationProbes;
  }

  async #acked(): Promise<{ readonly seconds: number; readonly count: number }> {
    const { metric } = this.#running();
    const name = "antechamber_xds_effective_seconds";
    return { seconds: await metric(`${name}_sum`), count: await metric(`${name}_count`) };
  }

  #running(): Gateway {
    if (this.#gateway === undefined) throw new Error("Cannot measure a change: nothing is loaded");
    return this.#gateway;
  }

  async #pause(ms: number): Promise<void> {
    await new Promise((wake) => setTimeout(wake, ms));
    this.#options.signal.throwIfAborted();
  }
}

function figures(changes: readonly OneChange[]): ChangeFigures {
  return {
    ms: changes.map(({ ms }) => ms),
    anteCpuMs: changes.map(({ anteCpuMs }) => anteCpuMs),
    allAnteCpuMs: changes.map(({ allAnteCpuMs }) => allAnteCpuMs),
    envoyCpuMs: changes.map(({ envoyCpuMs }) => envoyCpuMs),
  };
}
