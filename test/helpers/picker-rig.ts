import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { bootstrap, defaultLimits } from "../../src/infra/process/bootstrap.ts";
import { type EnvoyChild, spawnEnvoy } from "../../src/infra/process/spawn-envoy.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { GatewayIr } from "../../src/model/ir.ts";
import { type Log, silentLog } from "../../src/observe/log.ts";
import type { PoolTable } from "../../src/picker/messages.ts";
import { createPicker, type Picker } from "../../src/picker/picker.ts";
import { createScrapeClient } from "../../src/pool/scrape-client.ts";
import { createBuilder } from "../../src/xds/build/builder.ts";
import { nothingHeld } from "../../src/xds/held.ts";
import { AdsServer } from "./ads-server.ts";
import { envoyForTests } from "./envoy.ts";
import { eventually } from "./eventually.ts";
import { httpGet } from "./http.ts";
import { endpointsOf } from "./make-ir.ts";

const accessLogFlushMs = 200;

/** A real Envoy in front of a real picker, which a test may crash and start anew. */
export class PickerRig {
  readonly accessLog: string[] = [];
  readonly warnings: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "ante-picker-rig-"));
  readonly #ads = new AdsServer();
  readonly #log: Log = { ...silentLog, warn: (_, message) => this.warnings.push(message) };
  #envoy: EnvoyChild | undefined;
  #picker: Picker | undefined;
  #table: PoolTable = { sequence: 0, pools: [] };

  get picker(): Picker {
    if (this.#picker === undefined) throw new Error("Cannot ask the picker: it does not run");
    return this.#picker;
  }

  /** `servers`: ports by ClusterKey. */
  async start(
    gateway: GatewayIr,
    table: PoolTable,
    servers: Readonly<Record<string, readonly number[]>>,
    streamIdleTimeoutMs = 1_000,
  ): Promise<void> {
    this.#table = table;
    await this.#ads.listen(this.#socket("xds"));
    await this.startPicker();
    this.#envoy = spawnEnvoy(
      {
        envoy: await envoyForTests(),
        bootstrap: bootstrap({
          nodeId: "rig",
          gateway: gateway.key,
          sockets: {
            xds: this.#socket("xds"),
            picker: this.#socket("picker"),
            accessLog: this.#socket("picker"),
            admin: this.#socket("admin"),
          },
          limits: defaultLimits,
        }),
        concurrency: 1,
        logLevel: "warning",
        rejectUnknownFields: true,
      },
      this.#log,
      (line) => this.accessLog.push(line),
    );
    const builder = createBuilder({ bind: "127.0.0.1", streamIdleTimeoutMs, accessLogFlushMs, reusePort: false });
    const endpoints = endpointsOf(servers);
    await this.#ads.publish(builder.build({ gateway, endpoints, held: nothingHeld, sequence: 1 }));
    await eventually("Envoy", async () => {
      if (this.#ads.refusals.length > 0) throw new Error(this.#ads.refusals.join("; "));
      await httpGet(gateway.ports[0]?.port ?? 0, "/");
      return true;
    });
    await this.ready();
  }

  setPools(table: PoolTable): void {
    this.#table = table;
    this.picker.setPools(table);
  }

  async startPicker(): Promise<void> {
    const picker = createPicker({
      clock: systemClock,
      log: silentLog,
      random: Math.random,
      scrapeClient: createScrapeClient(),
      registry: new Registry(),
      accessLogFlushMs,
    });
    this.#picker = picker;
    await picker.listen(this.#socket("picker"));
    picker.setPools(this.#table);
  }

  /** As when its thread dies: open streams end, nothing is answered. */
  crashPicker(): void {
    this.#picker?.stop();
    this.#picker = undefined;
  }

  ready(): Promise<true> {
    return eventually("a ready server", () =>
      this.picker.state().endpoints.some(({ state }) => state === "ready") ? true : undefined,
    );
  }

  async stop(): Promise<void> {
    this.#envoy?.signal("SIGKILL");
    await this.#envoy?.ended;
    this.crashPicker();
    this.#ads.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #socket(name: string): string {
    return join(this.#folder, `${name}.sock`);
  }
}
