/** A real Envoy as it is in a Pod, and replicas of ours that it reaches over mutual TLS, all on loopback. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { proxyBootstrap } from "../../src/infra/kube/bootstrap.ts";
import { certificateFolder, configMap, sdsFolder, sdsSecrets } from "../../src/infra/kube/config-map.ts";
import { type EnvoyChild, spawnEnvoy } from "../../src/infra/process/spawn-envoy.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { proxyPorts } from "../../src/lib/container-ports.ts";
import type { Json, JsonObject } from "../../src/lib/json.ts";
import type { EndpointsByCluster, GatewayIr } from "../../src/model/ir.ts";
import { type Log, silentLog } from "../../src/observe/log.ts";
import type { PoolTable } from "../../src/picker/messages.ts";
import { createPicker, type Picker } from "../../src/picker/picker.ts";
import { createScrapeClient } from "../../src/pool/scrape-client.ts";
import { type Builder, createBuilder } from "../../src/xds/build/builder.ts";
import { nothingHeld } from "../../src/xds/held.ts";
import { XdsServer } from "../../src/xds/server.ts";
import { envoyForTests } from "./envoy.ts";
import { eventually } from "./eventually.ts";
import { makeInfrastructure, makeSettings } from "./make-infrastructure.ts";
import { freePort } from "./ports.ts";
import { serverName, TrustedWorld } from "./trusted-world.ts";

const accessLogFlushMs = 200;
const host = "127.0.0.1";

/** One of us: an xDS server and a picker, which serve or stand by. */
export interface Replica {
  readonly xds: XdsServer;
  readonly picker: Picker;
  readonly xdsPort: number;
  readonly pickerPort: number;
}

export class PodRig {
  readonly warnings: string[] = [];
  readonly service = new TcpService();
  world!: TrustedWorld;
  readyPort = 0;
  readonly replicas: Replica[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "ante-pod-"));
  readonly #log: Log = {
    ...silentLog,
    warn: (_, message) => this.warnings.push(message),
    error: (_, message) => this.warnings.push(message),
  };
  #builder!: Builder;
  #envoy: EnvoyChild | undefined;
  #sequence = 0;
  #mounted = 0;

  /** The first replica serves, the others stand by. */
  async start(replicas: number, handOverMs = 30_000): Promise<void> {
    this.world = await TrustedWorld.create();
    this.readyPort = await freePort();
    const sds = ({ name, file }: { readonly name: string; readonly file: string }) => ({
      name,
      path: join(this.#folder, "sds", file),
    });
    this.#builder = createBuilder({
      bind: host,
      streamIdleTimeoutMs: 300_000,
      accessLogFlushMs,
      reusePort: false,
      pod: {
        readyPort: this.readyPort,
        serverName,
        certificate: sds(sdsSecrets.certificate),
        authorities: sds(sdsSecrets.trustedCa),
      },
    });
    for (let index = 0; index < replicas; index++) this.replicas.push(await this.#replica(handOverMs));
    await this.service.listen();
    this.serveBy(0);
  }

  replica(index: number): Replica {
    const replica = this.replicas[index];
    if (replica === undefined) throw new Error(`Cannot ask replica ${index}: there are ${this.replicas.length}`);
    return replica;
  }

  /** What the Lease decides: who serves xDS and picks, as the Service's label then says. */
  serveBy(index: number): void {
    const { xds, picker, xdsPort } = this.replica(index);
    picker.setServing(true);
    xds.setServing(true);
    this.service.target = xdsPort;
  }

  publish(by: number, gateway: GatewayIr, endpoints: EndpointsByCluster, picker = by): number {
    const sequence = ++this.#sequence;
    const pickerAddress = { ip: host, port: this.replica(picker).pickerPort };
    const input = { gateway, endpoints, held: nothingHeld, sequence, pickerAddress };
    this.replica(by).xds.publish(this.#builder.build(input));
    return sequence;
  }

  /** The proxy has acknowledged it. */
  acked(by: number, sequence: number): Promise<string> {
    return eventually(`snapshot ${sequence}; Envoy says ${this.warnings.join("; ")}`, () => {
      const proxy = this.replica(by)
        .xds.proxies.get()
        .find(({ ackedSequence = 0 }) => ackedSequence >= sequence);
      return proxy?.stream;
    });
  }

  setPools(table: PoolTable): void {
    for (const { picker } of this.replicas) picker.setPools(table);
  }

  async startEnvoy(gateway: string): Promise<void> {
    const settings = makeSettings({ xds: { host, port: this.service.port, serverName } });
    const making = { infrastructure: makeInfrastructure({ key: gateway }), settings };
    await this.mount(gateway);
    const { data } = configMap(making) as unknown as { readonly data: Readonly<Record<string, string>> };
    mkdirSync(join(this.#folder, "sds"));
    for (const [file, text] of Object.entries(data)) writeFileSync(join(this.#folder, "sds", file), this.#moved(text));
    const made = JSON.parse(this.#moved(JSON.stringify(proxyBootstrap(making)))) as JsonObject;
    const bootstrap = { ...made, node: { id: "pod-1", cluster: gateway } };
    this.#envoy = spawnEnvoy(
      {
        envoy: await envoyForTests(),
        bootstrap: await withFreePorts(bootstrap),
        concurrency: 1,
        logLevel: "warning",
        rejectUnknownFields: true,
      },
      this.#log,
      () => {},
    );
  }

  /** What the proxy shows and believes, from the test's own authority. */
  async mount(gateway: string): Promise<void> {
    const { certificate, privateKey } = await this.world.proxy(gateway);
    const files = { "tls.crt": certificate, "tls.key": privateKey.reveal(), "ca.crt": this.world.authorities };
    this.mountFiles(files);
  }

  /** As the kubelet writes a Secret's volume: all files change at once, by one link. */
  mountFiles(files: Readonly<Record<string, string>>): void {
    const folder = join(this.#folder, "certs");
    const version = `..v${++this.#mounted}`;
    mkdirSync(join(folder, version), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, version, name), text);
      if (this.#mounted === 1) symlinkSync(join("..data", name), join(folder, name));
    }
    symlinkSync(version, join(folder, "..next"));
    renameSync(join(folder, "..next"), join(folder, "..data"));
  }

  async stop(): Promise<void> {
    this.#envoy?.signal("SIGKILL");
    await this.#envoy?.ended;
    for (const { picker } of this.replicas) picker.stop();
    await Promise.all(this.replicas.map(({ xds }) => xds.stop()));
    await this.service.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #moved(text: string): string {
    return text
      .replaceAll(`"${sdsFolder}`, `"${join(this.#folder, "sds")}`)
      .replaceAll(`"${certificateFolder}`, `"${join(this.#folder, "certs")}`);
  }

  async #replica(handOverMs: number): Promise<Replica> {
    const at = { kind: "tls", host, port: 0, certificates: this.world.server } as const;
    const xds = new XdsServer({ clock: systemClock, log: silentLog, registry: new Registry() });
    const picker = createPicker({
      clock: systemClock,
      log: silentLog,
      random: Math.random,
      scrapeClient: createScrapeClient(),
      registry: new Registry(),
      accessLogFlushMs,
      handOverMs,
    });
    picker.setServing(false);
    xds.setServing(false);
    return { xds, picker, xdsPort: await xds.listen(at), pickerPort: await picker.listen(at) };
  }
}

async function withFreePorts(bootstrap: JsonObject): Promise<Json> {
  let text = JSON.stringify(bootstrap);
  for (const port of [proxyPorts.admin, proxyPorts.stats]) {
    text = text.replaceAll(`"port_value":${port}`, `"port_value":${await freePort()}`);
  }
  return JSON.parse(text) as Json;
}

/** A Service with one endpoint: connections go to it as of when they were made. */
export class TcpService {
  target = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((client) => {
    const server = connect(this.target, host);
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
  });

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  listen(): Promise<void> {
    return new Promise((done) => this.#server.listen(0, host, done));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }
}
