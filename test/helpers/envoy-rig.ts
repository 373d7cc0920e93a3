import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootstrap, defaultLimits } from "../../src/infra/process/bootstrap.ts";
import { type EnvoyChild, spawnEnvoy } from "../../src/infra/process/spawn-envoy.ts";
import { present } from "../../src/lib/present.ts";
import { type Log, silentLog } from "../../src/observe/log.ts";
import type { Snapshot } from "../../src/xds/snapshot.ts";
import { AdsServer } from "./ads-server.ts";
import { envoyForTests } from "./envoy.ts";
import { eventually } from "./eventually.ts";
import { httpGet } from "./http.ts";
import { StubPicker } from "./stub-picker.ts";

/** A real Envoy that takes snapshots as they are, with a picker of the test's own, in a folder of its own. */
export class EnvoyRig {
  readonly ads = new AdsServer();
  picker = new StubPicker();
  /** Envoy's own warnings and errors. */
  readonly warnings: string[] = [];
  readonly #log: Log = {
    ...silentLog,
    warn: (_, message) => this.warnings.push(message),
    error: (_, message) => this.warnings.push(message),
  };
  /** Lines of the JSON access log. */
  readonly accessLog: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "ante-rig-"));
  #envoy: EnvoyChild | undefined;

  /** With the zone of its machine, where there is one. */
  async start(zone?: string): Promise<void> {
    const socket = (name: string): string => join(this.#folder, `${name}.sock`);
    await this.ads.listen(socket("xds"));
    await this.picker.listen(socket("picker"));
    this.#envoy = spawnEnvoy(
      {
        envoy: await envoyForTests(),
        bootstrap: bootstrap({
          nodeId: "rig",
          gateway: "default/gw",
          ...present("zone", zone),
          sockets: {
            xds: socket("xds"),
            picker: socket("picker"),
            accessLog: socket("picker"),
            admin: socket("admin"),
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
  }

  /** Resolves once Envoy has all of it and listens. */
  async publish(snapshot: Snapshot, port: number): Promise<void> {
    await this.ads.publish(snapshot);
    await eventually(
      `Envoy on port ${port}${this.ads.refusals.map((why) => `; refused ${why}`).join("")}`,
      async () => {
        if (this.ads.refusals.length > 0) throw new Error(this.ads.refusals.join("; "));
        await httpGet(port, "/").catch((error: NodeJS.ErrnoException) => {
          // One that is met with TLS cuts this off.
          if (error.code !== "ECONNRESET") throw error;
        });
        return true;
      },
    );
  }

  /** A new picker on the old one's socket. */
  async replacePicker(): Promise<void> {
    this.picker = new StubPicker();
    await this.picker.listen(join(this.#folder, "picker.sock"));
  }

  async stop(): Promise<void> {
    this.#envoy?.signal("SIGKILL");
    await this.#envoy?.ended;
    this.ads.stop();
    this.picker.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
