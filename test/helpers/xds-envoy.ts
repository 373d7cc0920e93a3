import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { bootstrap, defaultLimits } from "../../src/infra/process/bootstrap.ts";
import { createEnvoyAdmin, type EnvoyAdmin } from "../../src/infra/process/envoy-admin.ts";
import { type EnvoyChild, spawnEnvoy } from "../../src/infra/process/spawn-envoy.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLog } from "../../src/observe/log.ts";
import type { ProxyState, ProxyVerdict } from "../../src/xds/proxy-state.ts";
import { XdsServer } from "../../src/xds/server.ts";
import type { ResourceType } from "../../src/xds/snapshot.ts";
import { envoyForTests } from "./envoy.ts";
import { eventually } from "./eventually.ts";
import { httpGet } from "./http.ts";

export interface XdsEnvoyOptions {
  readonly gateLimitMs?: number;
  readonly removalGraceMs?: number;
}

/** The xDS server with real Envoys, in a folder of their own. */
export class XdsEnvoy {
  server!: XdsServer;
  registry!: Registry;
  verdicts: ProxyVerdict[] = [];
  readonly #options: XdsEnvoyOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), "ante-xe-"));
  readonly #envoys = new Map<string, EnvoyChild>();

  constructor(options: XdsEnvoyOptions = {}) {
    this.#options = { removalGraceMs: 100, ...options };
  }

  /** A fresh server: one that knows nothing of an earlier one. */
  async startServer(): Promise<void> {
    this.registry = new Registry();
    this.verdicts = [];
    this.server = new XdsServer({ clock: systemClock, log: silentLog, registry: this.registry, ...this.#options });
    this.server.onVerdict((verdict) => this.verdicts.push(verdict));
    await this.server.listen(this.#socket("xds"));
  }

  async startEnvoy(nodeId: string): Promise<void> {
    const sockets = {
      xds: this.#socket("xds"),
      picker: this.#socket("none"),
      accessLog: this.#socket("none"),
      admin: this.#socket(nodeId),
    };
    const envoy = spawnEnvoy(
      {
        envoy: await envoyForTests(),
        bootstrap: bootstrap({ nodeId, gateway: "default/gw", sockets, limits: defaultLimits }),
        concurrency: 1,
        logLevel: "error",
        rejectUnknownFields: true,
      },
      silentLog,
      () => {},
    );
    this.#envoys.set(nodeId, envoy);
  }

  /** All Envoys have acknowledged the snapshot. */
  accepted(sequence: number, proxies = 1): Promise<readonly ProxyState[]> {
    return eventually(`snapshot ${sequence} on ${proxies} proxies`, () => {
      const states = this.server.proxies.get();
      const all = states.length === proxies && states.every(({ ackedSequence = 0 }) => ackedSequence >= sequence);
      return all ? states : undefined;
    });
  }

  refused(): Promise<ProxyVerdict["outcome"] & { readonly kind: "refused" }> {
    return eventually("a refusal", () =>
      this.verdicts.map(({ outcome }) => outcome).find((outcome) => outcome.kind === "refused"),
    );
  }

  async pushes(type: ResourceType): Promise<number> {
    const metric = await this.registry.getSingleMetric("antechamber_xds_pushes_total")?.get();
    return metric?.values.find(({ labels }) => labels["type"] === type)?.value ?? 0;
  }

  admin(nodeId: string): EnvoyAdmin {
    return createEnvoyAdmin(this.#socket(nodeId));
  }

  async stop(): Promise<void> {
    for (const envoy of this.#envoys.values()) {
      envoy.signal("SIGKILL");
      await envoy.ended;
    }
    await this.server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #socket(name: string): string {
    return join(this.#folder, `${name}.sock`);
  }
}

/** Requests one after the other on several connections until stopped; counts the statuses. */
export class SteadyLoad {
  readonly statuses = new Map<number, number>();
  #isStopped = false;
  readonly #done: Promise<unknown>;

  constructor(port: number, path: string, connections = 4) {
    this.#done = Promise.all(Array.from({ length: connections }, () => this.#repeat(port, path)));
  }

  get count(): number {
    return [...this.statuses.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Resolves once so many more have been answered. */
  async more(count: number): Promise<void> {
    const until = this.count + count;
    await eventually("more requests", () => this.count >= until || undefined);
  }

  async stop(): Promise<Readonly<Record<string, number>>> {
    this.#isStopped = true;
    await this.#done;
    return Object.fromEntries(this.statuses);
  }

  async #repeat(port: number, path: string): Promise<void> {
    while (!this.#isStopped) {
      const { status } = await httpGet(port, path).catch(() => ({ status: 0 }));
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    }
  }
}
