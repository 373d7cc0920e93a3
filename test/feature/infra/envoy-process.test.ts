/** A real Envoy as our child. Its xDS server is absent; what has to serve traffic is put into the bootstrap. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, get, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { BootstrapLimits } from "../../../src/infra/bootstrap/limits.ts";
import { bootstrap, defaultLimits } from "../../../src/infra/process/bootstrap.ts";
import { createEnvoyAdmin } from "../../../src/infra/process/envoy-admin.ts";
import { EnvoyProcess, type EnvoyState } from "../../../src/infra/process/envoy-process.ts";
import { isProcessAlive } from "../../../src/infra/process/process-alive.ts";
import { spawnEnvoy } from "../../../src/infra/process/spawn-envoy.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import type { Json } from "../../../src/lib/json.ts";
import type { Log, LogFields } from "../../../src/observe/log.ts";
import { envoyForTests } from "../../helpers/envoy.ts";
import { eventually } from "../../helpers/eventually.ts";
import { freePort } from "../../helpers/ports.ts";

interface Line {
  readonly level: string;
  readonly fields: LogFields;
  readonly message: string;
}

let program = "";
let folder = "";
let envoy: EnvoyProcess | undefined;
let lines: Line[] = [];
let accessLog: string[] = [];

before(async () => {
  program = await envoyForTests();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "envoy-"));
  lines = [];
  accessLog = [];
});
afterEach(async () => {
  await envoy?.kill();
  envoy = undefined;
  rmSync(folder, { recursive: true });
});

const log: Log = {
  debug: (fields, message) => void lines.push({ level: "debug", fields, message }),
  info: (fields, message) => void lines.push({ level: "info", fields, message }),
  warn: (fields, message) => void lines.push({ level: "warn", fields, message }),
  error: (fields, message) => void lines.push({ level: "error", fields, message }),
  child: () => log,
};

/** Our bootstrap; with a listener of its own and without xDS, so that Envoy is live without an xDS server. */
function standalone(port: number, upstreamPort: number, limits: BootstrapLimits = defaultLimits): Json {
  const made = bootstrap({
    nodeId: "n",
    gateway: "default/test",
    sockets: {
      xds: join(folder, "x.sock"),
      picker: join(folder, "p.sock"),
      accessLog: join(folder, "p.sock"),
      admin: adminSocket(),
    },
    limits,
  }) as { readonly static_resources: { readonly clusters: readonly Json[] } };
  const upstream: Json = {
    name: "upstream",
    type: "STATIC",
    load_assignment: {
      cluster_name: "upstream",
      endpoints: [{ lb_endpoints: [{ endpoint: { address: tcp(upstreamPort) } }] }],
    },
  };
  return {
    ...made,
    dynamic_resources: {},
    static_resources: { clusters: [...made.static_resources.clusters, upstream], listeners: [listener(port)] },
  };
}

function listener(port: number): Json {
  return {
    name: "http",
    address: tcp(port),
    filter_chains: [
      {
        filters: [
          {
            name: "hcm",
            typed_config: {
              "@type":
                "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
              stat_prefix: "test",
              access_log: [
                {
                  name: "stdout",
                  typed_config: {
                    "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
                    log_format: { json_format: { code: "%RESPONSE_CODE%" } },
                  },
                },
              ],
              route_config: {
                virtual_hosts: [
                  { name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "upstream" } }] },
                ],
              },
              http_filters: [
                {
                  name: "router",
                  typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}

const tcp = (port: number): Json => ({ socket_address: { address: "127.0.0.1", port_value: port } });
const adminSocket = (): string => join(folder, "a.sock");

function start(config: Json, ports: readonly number[]): EnvoyProcess {
  const command = {
    ...{ envoy: program, bootstrap: config, concurrency: 1, rejectUnknownFields: true },
    logLevel: "warning",
  } as const;
  envoy = new EnvoyProcess({
    ...{ clock: systemClock, log, ports, admin: createEnvoyAdmin(adminSocket()) },
    spawn: () => spawnEnvoy(command, log, (line) => accessLog.push(line)),
    backOff: { firstMs: 50, maxMs: 1000, stableMs: 60_000 },
  });
  envoy.start();
  return envoy;
}

function reaches(process: EnvoyProcess, phase: EnvoyState["phase"]): Promise<EnvoyState> {
  return new Promise((resolve) => {
    const check = (state: EnvoyState): void => {
      if (state.phase !== phase) return;
      end();
      resolve(state);
    };
    const end = process.state.subscribe(check);
    check(process.state.get());
  });
}

const pidOf = (state: EnvoyState): number => ("pid" in state ? (state.pid ?? 0) : 0);

describe("Envoy as a child", () => {
  /** Answers a request at once; one for /slow when `release` is called. */
  let upstream: Server;
  let upstreamPort = 0;
  let release = (): void => {};

  before(async () => {
    upstream = createServer((request, response) => {
      if (request.url !== "/slow") return void response.end("done");
      response.write("begun,");
      release = () => response.end("done");
    });
    await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", done));
    const address = upstream.address();
    upstreamPort = address === null || typeof address === "string" ? 0 : address.port;
  });
  after(() => {
    upstream.closeAllConnections();
    upstream.close();
  });

  it("accepts our bootstrap whole, with a zone too", async () => {
    const sockets = { xds: "/tmp/x", picker: "/tmp/p", accessLog: "/tmp/l", admin: "/tmp/a" };
    const made = bootstrap({ nodeId: "n", gateway: "default/test", zone: "west", sockets, limits: defaultLimits });
    const child = spawn(program, [
      "--mode",
      "validate",
      "--log-level",
      "warning",
      "--config-yaml",
      JSON.stringify(made),
    ]);
    let said = "";
    child.stderr.on("data", (piece: Buffer) => {
      said += piece.toString();
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    assert.deepEqual([code, said], [0, ""]);
  });

  it("is not ready before its first configuration", async () => {
    const sockets = {
      xds: join(folder, "x"),
      picker: join(folder, "p"),
      accessLog: join(folder, "p"),
      admin: adminSocket(),
    };
    const process = start(bootstrap({ nodeId: "n", gateway: "default/test", sockets, limits: defaultLimits }), []);
    const admin = createEnvoyAdmin(adminSocket());
    await eventually("an answer of /ready", () => admin.isLive());
    assert.equal(await admin.isLive(), false);
    assert.equal(process.state.get().phase, "starting");
  });

  it("is ready when it listens, in a process group of its own, and serves", async () => {
    const port = await freePort();
    const process = start(standalone(port, upstreamPort), [port]);
    const pid = pidOf(await reaches(process, "ready"));
    assert.equal(await body(await open(port, "/")), "done");
    if (globalThis.process.platform === "linux") {
      assert.equal(groupOf(pid), pid);
      assert.match(readFileSync(`/proc/${pid}/cmdline`, "utf8"), /envoy/);
    }
    assert.match(await createEnvoyAdmin(adminSocket()).metrics(), /^envoy_http_downstream_rq_total/m);
  });

  it("passes its access log and its own log on", async () => {
    const port = await freePort();
    const process = start(standalone(port, upstreamPort), [port, 1]);
    await eventually("an answer", async () => body(await open(port, "/")));
    await eventually("a line of access log", () => accessLog[0]);
    await body(await open(port, "/"));
    await eventually("the next line, soon", () => accessLog[1], { timeoutMs: 1000 });
    assert.deepEqual(accessLog, ['{"code":200}', '{"code":200}']);
    await process.kill();

    // A configuration that Envoy refuses: its words are the reason of its end.
    const broken = start({ ...(standalone(port, upstreamPort) as object), admin: { nonsense: true } }, [port]);
    const state = await reaches(broken, "backing-off");
    assert.match(state.phase === "backing-off" ? state.reason : "", /^exit code 1: .*nonsense/s);
    assert.ok(lines.some(({ level, fields }) => level === "error" && String(fields["component"]).startsWith("envoy.")));
  });

  it("refuses requests when its heap is full, and still tells how it is", async () => {
    const port = await freePort();
    const process = start(standalone(port, upstreamPort, { ...defaultLimits, maxHeapBytes: 1 }), [port]);
    await reaches(process, "ready");
    const refused = await eventually("a refusal", async () => {
      const answer = await open(port, "/");
      return answer.statusCode === 503 ? body(answer) : undefined;
    });
    assert.match(refused, /overload/);
    assert.match(await createEnvoyAdmin(adminSocket()).metrics(), /overload_action.*active/);
  });

  it("comes back when it is killed", async () => {
    const port = await freePort();
    const process = start(standalone(port, upstreamPort), [port]);
    const first = pidOf(await reaches(process, "ready"));
    globalThis.process.kill(first, "SIGKILL");
    const ended = await reaches(process, "backing-off");
    assert.equal(ended.phase === "backing-off" ? ended.reason : "", "signal SIGKILL");
    const second = pidOf(await reaches(process, "ready"));
    assert.notEqual(second, first);
    assert.equal(process.restarts, 1);
    assert.equal(await body(await open(port, "/")), "done");
  });

  it("lets a running answer end, and takes no new connection meanwhile", async () => {
    const port = await freePort();
    const process = start(standalone(port, upstreamPort), [port]);
    const pid = pidOf(await reaches(process, "ready"));
    const slow = await open(port, "/slow");
    const stopped = process.stop(20_000);
    await eventually("a refused connection", () =>
      open(port, "/").then(
        () => undefined,
        (error) => error.code === "ECONNREFUSED" || undefined,
      ),
    );
    // The last of the probes above may have been answered before the socket closed, and be counted once.
    await eventually("the running request alone", () => {
      const now = process.state.get();
      return (now.phase === "draining" && now.pid === pid && now.activeRequests === 1) || undefined;
    });
    release();
    assert.equal(await body(slow), "begun,done");
    await stopped;
    assert.equal(isProcessAlive(pid), false);
    assert.ok(lines.some(({ message, fields }) => message === "Envoy is drained" && fields["outcome"] === "drained"));
  });

  it("ends a drain at once when it is killed", async () => {
    const port = await freePort();
    const process = start(standalone(port, upstreamPort), [port]);
    const pid = pidOf(await reaches(process, "ready"));
    const slow = await open(port, "/slow");
    slow.on("error", () => {});
    const stopped = process.stop(60_000);
    await eventually("the drain", () => process.state.get().phase === "draining" || undefined);
    await process.kill();
    await stopped;
    assert.equal(isProcessAlive(pid), false);
  });

  it("dies within 2 s when its parent is killed, its guardian too", {
    skip: process.platform !== "linux",
  }, async () => {
    const main = new URL("../../helpers/envoy-parent.ts", import.meta.url).pathname;
    const parent = spawn(process.execPath, [main, program, folder], { stdio: ["ignore", "pipe", "inherit"] });
    const pid = Number(await firstLine(parent));
    await eventually("Envoy's admin interface", () =>
      createEnvoyAdmin(adminSocket())
        .isLive()
        .then(() => true),
    );
    const family = childrenOf(pid).concat(pid);
    assert.equal(family.length, 2);
    parent.kill("SIGKILL");
    await eventually("their end", () => family.every((one) => !runs(one)) || undefined, { timeoutMs: 2000 });
  });

  it("dies within 2 s also when it is stopped and deaf to SIGTERM", {
    skip: process.platform !== "linux",
  }, async () => {
    const main = new URL("../../helpers/envoy-parent.ts", import.meta.url).pathname;
    const parent = spawn(process.execPath, [main, program, folder], { stdio: ["ignore", "pipe", "inherit"] });
    const pid = Number(await firstLine(parent));
    await eventually("Envoy's admin interface", () =>
      createEnvoyAdmin(adminSocket())
        .isLive()
        .then(() => true),
    );
    process.kill(pid, "SIGSTOP");
    parent.kill("SIGKILL");
    await eventually("its end", () => !runs(pid) || undefined, { timeoutMs: 2000 });
  });
});

function open(port: number, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, agent: false }, resolve).on("error", reject);
  });
}

async function body(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of answer.setEncoding("utf8")) text += piece;
  return text;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.stdout?.once("data", (piece: Buffer) => resolve(piece.toString().trim())));
}

/** The fields of /proc/PID/stat after the name: state, parent, group, ... */
function stat(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return ["gone"];
  }
}

const groupOf = (pid: number): number => Number(stat(pid)[2]);

/** A zombie that its new parent has not yet asked for does not run any more. */
const runs = (pid: number): boolean => !["gone", "Z", "X"].includes(stat(pid)[0] ?? "");

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}
