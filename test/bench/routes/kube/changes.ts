/** One more route, one less, one endpoint moved: through the API server, until a client sees it. */
import { setTimeout as sleep } from "node:timers/promises";
import { type App, hostOf, type ServerAddress } from "../apps.ts";
import { type Measured, measured, startMeter } from "../measured.ts";
import type { ProbeAnswer, Prober } from "../prober.ts";
import { createRoute, createServer, deleteRoute, deleteServer, moveServer } from "./objects.ts";
import type { KubeChangeFigures, KubeFigures } from "./result.ts";
import type { World } from "./world.ts";

/** Between changes: what is done late about one must not be counted for the next. */
const pauseMs = 500;
const calibrationProbes = 300;

type KubeMeasured = Measured<"ante" | "envoy" | "apiServer"> & { readonly writeMs: number };

export class Changes {
  readonly #world: World;
  readonly #prober: Prober;
  /** Names of applications whose server is the other one. */
  readonly #moved = new Set<string>();
  /** Envoy's own time for one probe. */
  #probeCpuMs = 0;

  constructor(world: World, prober: Prober) {
    this.#world = world;
    this.#prober = prober;
  }

  async run(apps: readonly App[], changes: number): Promise<Pick<KubeFigures, "added" | "removed" | "moved">> {
    await this.#calibrate();
    const { api, before } = this.#world;
    const added: KubeMeasured[] = [];
    const removed: KubeMeasured[] = [];
    const moved: KubeMeasured[] = [];
    for (let index = 0; index < changes; index++) {
      const app = { name: `more-${index}`, server: before };
      await createServer(api, app);
      added.push(await this.#comesAndGoes(app, 200, () => createRoute(api, app)));
      removed.push(await this.#comesAndGoes(app, 404, () => deleteRoute(api, app)));
      await deleteServer(api, app);
    }
    for (let index = 0; index < changes; index++)
      moved.push(await this.#moves(apps[(index * 7 + 1) % apps.length] as App));
    return { added: this.#figures(added), removed: this.#figures(removed), moved: this.#figures(moved) };
  }

  #comesAndGoes(app: App, status: number, write: () => Promise<void>): Promise<KubeMeasured> {
    return this.#measured(app, write, {
      wanted: (answer) => answer.status === status,
      allowed: (answer) => answer.status === 200 || answer.status === 404,
    });
  }

  /** An application's only server is another one from now on. */
  #moves(app: App): Promise<KubeMeasured> {
    const { api, before, after } = this.#world;
    const wasMoved = this.#moved.has(app.name);
    if (wasMoved) this.#moved.delete(app.name);
    else this.#moved.add(app.name);
    const [to, name]: [ServerAddress, string] = wasMoved ? [before, "before"] : [after, "after"];
    return this.#measured(app, () => moveServer(api, app, to), {
      wanted: ({ body }) => body === name,
      allowed: ({ status }) => status === 200,
    });
  }

  async #measured(
    app: App,
    write: () => Promise<void>,
    answers: Readonly<Record<"wanted" | "allowed", (answer: ProbeAnswer) => boolean>>,
  ): Promise<KubeMeasured> {
    let writeMs = 0;
    const result = await measured(
      this.#world.roles,
      () => sleep(pauseMs),
      async () => {
        const sinceMs = performance.now();
        const written = write().then(() => {
          writeMs = performance.now() - sinceMs;
        });
        const [effect] = await Promise.all([this.#prober.until(hostOf(app), { sinceMs, ...answers }), written]);
        return effect;
      },
    );
    return { ...result, writeMs };
  }

  async #calibrate(): Promise<void> {
    const { envoy } = this.#world.roles;
    const meter = startMeter({ envoy });
    for (let index = 0; index < calibrationProbes; index++) await this.#prober.ask("nobody.example.com");
    this.#probeCpuMs = meter().envoy / calibrationProbes;
  }

  #figures(changes: readonly KubeMeasured[]): KubeChangeFigures {
    return {
      ms: changes.map(({ ms }) => ms),
      writeMs: changes.map(({ writeMs }) => writeMs),
      anteCpuMs: changes.map(({ cpuMs }) => cpuMs.ante),
      allAnteCpuMs: changes.map(({ allCpuMs }) => allCpuMs.ante),
      envoyCpuMs: changes.map(({ cpuMs, asked }) => cpuMs.envoy - asked * this.#probeCpuMs),
      apiServerCpuMs: changes.map(({ allCpuMs }) => allCpuMs.apiServer),
    };
  }
}
