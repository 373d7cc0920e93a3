import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import type { Json } from "../../../src/lib/json.ts";
import { envoyForTests } from "../../helpers/envoy.ts";
import { eventually } from "../../helpers/eventually.ts";
import { freePort } from "../../helpers/ports.ts";

const ante = new URL("../../../bin/ante", import.meta.url).pathname;

let model: Server;
let answering: ServerResponse | undefined;
let envoy: ChildProcess;
let manager: ChildProcess;
let ports: { readonly admin: number; readonly traffic: number; readonly manager: number };

/** Begins an answer that the test ends at /long, answers all else at once. */
before(async () => {
  model = createServer((request, response) => {
    if (request.url !== "/long") return response.end("short");
    answering = response;
    return response.write("first,");
  });
  await new Promise<void>((done) => model.listen(0, "127.0.0.1", done));
  const [admin, traffic] = [await freePort(), await freePort()];
  const bootstrap = JSON.stringify(config(admin, traffic, (model.address() as AddressInfo).port));
  const args = [
    "--config-yaml",
    bootstrap,
    "--disable-hot-restart",
    "--concurrency",
    "1",
    "--drain-strategy",
    "immediate",
  ];
  envoy = spawn(await envoyForTests(), [...args, "--log-level", "error"], { stdio: "ignore" });
  const managerArgs = ["envoy", "shutdown-manager", "--port=0", `--admin=127.0.0.1:${admin}`];
  manager = spawn(ante, [...managerArgs, "--min-drain-duration=1"], { stdio: ["ignore", "pipe", "inherit"] });
  ports = { admin, traffic, manager: await listeningPort(manager) };
  await eventually("Envoy is ready", async () => (await fetch(`http://127.0.0.1:${traffic}/`)).ok || undefined);
});

after(() => {
  envoy.kill("SIGKILL");
  manager.kill("SIGKILL");
  model.closeAllConnections();
  model.close();
});

describe("the end of a proxy's Pod", () => {
  it("cuts no answer and fails no request", async () => {
    const long = fetch(`http://127.0.0.1:${ports.traffic}/long`).then((answer) => answer.text());
    await eventually("the long answer runs", async () => answering);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal((await short(agent)).headers.connection, undefined);
    const preStop = fetch(`http://127.0.0.1:${ports.manager}/shutdown/ready`);
    let isReady = false;
    void preStop.then(() => {
      isReady = true;
    });

    manager.kill("SIGTERM");
    await eventually("clients are told to close", async () =>
      (await short(agent)).headers.connection === "close" ? true : undefined,
    );
    // Past the least time of a drain: new connections are served, and what runs holds all back.
    for (let request = 0; request < 30; request++) {
      assert.equal((await short(agent)).statusCode, 200);
      await new Promise((done) => setTimeout(done, 100));
    }
    assert.equal(isReady, false);

    answering?.end("last");
    assert.equal(await long, "first,last");
    const exited = once(manager, "exit");
    assert.equal((await preStop).status, 200);
    assert.deepEqual(await exited, [0, null]);
    agent.destroy();
  });
});

function short(agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port: ports.traffic, path: "/", agent }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer));
    }).on("error", reject);
  });
}

async function listeningPort(child: ChildProcess): Promise<number> {
  assert.ok(child.stdout);
  for await (const line of createInterface({ input: child.stdout })) {
    const { message, port } = JSON.parse(line) as { readonly message: string; readonly port?: number };
    if (message === "shutdown manager listens" && port !== undefined) return port;
  }
  throw new Error("the shutdown manager ended without a port");
}

function config(admin: number, traffic: number, upstream: number): Json {
  const address = (port: number): Json => ({ socket_address: { address: "127.0.0.1", port_value: port } });
  const connectionManager: Json = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: "http-10080",
    route_config: {
      virtual_hosts: [
        {
          name: "all",
          domains: ["*"],
          routes: [{ match: { prefix: "/" }, route: { cluster: "model", timeout: "0s" } }],
        },
      ],
    },
    http_filters: [
      {
        name: "router",
        typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
      },
    ],
  };
  return {
    node: { id: "n", cluster: "default/test" },
    admin: { address: address(admin) },
    static_resources: {
      listeners: [
        {
          name: "http",
          address: address(traffic),
          filter_chains: [{ filters: [{ name: "hcm", typed_config: connectionManager }] }],
        },
      ],
      clusters: [
        {
          name: "model",
          type: "STATIC",
          load_assignment: {
            cluster_name: "model",
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstream) } }] }],
          },
        },
      ],
    },
  };
}
