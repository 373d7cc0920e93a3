import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { Value } from "typebox/value";
import type { DecisionView } from "../../../src/admin/decision-view.ts";
import { type AdminFront, startAdminFront } from "../../../src/admin/front.ts";
import type { AdminPorts, ReadinessCheck } from "../../../src/admin/ports.ts";
import { routes } from "../../../src/admin/routes.ts";
import { type AdminServer, createAdminServer } from "../../../src/admin/server.ts";
import { silentLog } from "../../../src/observe/log.ts";

let pickerAnswers = true;
const decision: DecisionView = {
  ...{
    timeMs: 1_700_000_000_000,
    requestId: "id-1",
    pool: "v1/default/llama",
    model: "m",
    target: "m-v1",
    priority: 1,
  },
  ...{ outcome: "placed", waitedMs: 1_500, waitedFor: { "no-room": 1_500, "held-back": 0 } },
  expected: { promptTokens: 100, outputTokens: 50 },
  endpoints: ["10.0.0.1:8000"],
  servers: [
    {
      address: "10.0.0.1:8000",
      verdict: "picked",
      load: 0.5,
      scores: { queue: 1, kvCache: 0.5 },
      score: 1.5,
      inFlight: 3,
    },
    { address: "10.0.0.2:8000", verdict: "no-room", inFlight: 9 },
  ],
};
let checks: readonly ReadinessCheck[] = [];

const ports: AdminPorts = {
  readiness: () => checks,
  ownership: () => ({ role: "standby", identity: "pod-2", holder: "pod-1" }),
  metrics: async () => ["# TYPE a counter\na 1\n", "# TYPE b counter\nb 2\n"],
  proxies: () => [
    {
      nodeId: "default.llm-0",
      gateway: "default/llm",
      connected: true,
      types: [{ type: "cluster", state: "SYNCED", resources: 3, ageMs: 20 }],
      process: { phase: "ready", restarts: 0, portProblems: [] },
    },
    { nodeId: "gone", gateway: "default/gone", connected: false, types: [] },
  ],
  proxyMetrics(nodeId) {
    if (nodeId === "gone") return Promise.reject(new Error("it does not answer"));
    return nodeId === "default.llm-0" ? Promise.resolve("# TYPE e counter\ne 1\n") : undefined;
  },
  queues: () => [
    {
      ...{
        pool: "default/llama",
        queueing: true,
        admission: "headroom",
        saturated: true,
        waiting: 2,
        waitingBytes: 10,
      },
      bands: [{ priority: 1, waiting: 2, bytes: 10, oldestWaitMs: 5 }],
      limits: { requests: 10, bytes: 100 },
      outcomes: { dispatched: 3 },
    },
  ],
  endpoints: () => [
    {
      ...{ address: "10.0.0.1:8000", name: "pod", pools: ["default/llama"], state: "ready", kind: "vllm" },
      ...{ inFlight: 1, inFlightTokens: 100, readingAgeMs: 7 },
    },
  ],
  pools: () => [
    {
      pool: "v1/default/llama",
      picker: { by: "built-in", why: "The pool references no endpoint picker" },
      settings: [{ name: "holdBack", value: "0.5", from: "antechamber.dev/hold-back" }],
      models: [{ name: "m", priority: 1, targets: [{ name: "m-v1", weight: 1 }] }],
      endpoints: { ready: 1 },
      waiting: 2,
    },
  ],
  xds: ({ type }) => [
    { gateway: "default/llm", sequence: 4, held: {}, configs: type === "route" ? [] : [{ "@type": "t" }] },
  ],
  decisions: async (limit) =>
    pickerAnswers
      ? {
          decided: 10,
          sampled: 2,
          decisions: Array.from({ length: Math.min(limit, 2) }, () => decision),
        }
      : undefined,
  statuses: () => [
    { group: "", kind: "Gateway", namespace: "default", name: "llm", generation: 1, status: { conditions: [] } },
  ],
};

const root = mkdtempSync(join(tmpdir(), "admin-"));
const socket = join(root, "admin.sock");
let front: AdminFront;
let server: AdminServer;

before(async () => {
  front = await startAdminFront({ host: "127.0.0.1", port: 0, socket, log: silentLog });
  server = createAdminServer({ ports, log: silentLog, version: "1.2.3" });
  await server.listen(socket);
});
after(async () => {
  await server.stop();
  await front.stop();
  rmSync(root, { recursive: true });
});
afterEach(() => {
  checks = [];
  pickerAnswers = true;
});

interface Got {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function ask(
  path: string,
  init: { method?: string; headers?: Record<string, string> } = {},
  base = front.url,
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const outgoing = request(base + path, { agent: false, ...init }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (piece: string) => {
        body += piece;
      });
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, type: answer.headers["content-type"] ?? "", body }),
      );
    });
    outgoing.on("error", reject).end();
  });
}

describe("the admin API", () => {
  it("answers each path as its published schema says", async () => {
    const checked: string[] = [];
    for (const { path, schema } of routes) {
      if (schema === undefined) continue;
      const { status, body } = await ask(`${path}?verbose`);
      assert.equal(status, 200, path);
      assert.ok(
        Value.Check(schema, JSON.parse(body)),
        `${path}: ${JSON.stringify(Value.Errors(schema, JSON.parse(body)))}`,
      );
      checked.push(path);
    }
    assert.deepEqual(checked, [
      "/readyz",
      "/api/v1/ownership",
      "/api/v1/proxies",
      "/api/v1/queues",
      "/api/v1/endpoints",
      "/api/v1/pools",
      "/api/v1/decisions",
      "/api/v1/xds",
      "/api/v1/statuses",
    ]);
  });

  it("is ready while every check is, and names those that are not", async () => {
    checks = [
      { name: "sources", ready: true },
      { name: "xds", ready: false, reason: "no proxy has connected" },
    ];
    const plain = await ask("/readyz");
    assert.deepEqual([plain.status, plain.body], [503, "xds: no proxy has connected\n"]);
    const verbose = await ask("/readyz?verbose");
    assert.equal(verbose.status, 503);
    assert.deepEqual(JSON.parse(verbose.body), { ready: false, checks });
    checks = [{ name: "sources", ready: true }];
    assert.deepEqual(await ask("/readyz").then(({ status, body }) => [status, body]), [200, "ok\n"]);
  });

  it("shows the metrics of both threads as one page", async () => {
    const { body, type } = await ask("/metrics");
    assert.equal(body, "# TYPE a counter\na 1\n# TYPE b counter\nb 2\n");
    assert.equal(type, "text/plain; version=0.0.4; charset=utf-8");
  });

  it("shows Envoy's metrics apart, by proxy, and goes on without one that does not answer", async () => {
    assert.equal((await ask("/metrics/envoy")).body, '# TYPE e counter\ne{antechamber_proxy="default.llm-0"} 1\n');
    assert.equal((await ask("/api/v1/proxies/default.llm-0/metrics")).body, "# TYPE e counter\ne 1\n");
    assert.equal((await ask("/api/v1/proxies/gone/metrics")).status, 500);
  });

  it("offers the names of proxies to whoever asks for another", async () => {
    const { status, body } = await ask("/api/v1/proxies/x/metrics");
    assert.equal(status, 404);
    assert.deepEqual(JSON.parse(body).proxies, ["default.llm-0", "gone"]);
  });

  it("lays JSON out for people and keeps it dense for programs", async () => {
    const lines = async (path: string, accept?: string): Promise<number> =>
      (await ask(path, { headers: accept === undefined ? {} : { accept } })).body.trim().split("\n").length;
    assert.ok((await lines("/api/v1/queues", "*/*")) > 10);
    assert.ok((await lines("/api/v1/queues?pretty", "application/json")) > 10);
    assert.equal(await lines("/api/v1/queues", "application/json"), 1);
    assert.equal(await lines("/api/v1/queues?pretty=false"), 1);
  });

  it("answers with an aligned table where plain text is wanted first", async () => {
    const text = async (path: string): Promise<string> => {
      const { type, body } = await ask(path, { headers: { accept: "text/plain" } });
      assert.equal(type, "text/plain; charset=utf-8");
      return body;
    };
    assert.equal(
      await text("/api/v1/endpoints"),
      [
        "ADDRESS        NAME  STATE  KIND  RUNNING  WAITING  KV  IN FLIGHT  TOKENS  READ  POOLS          ERROR",
        "10.0.0.1:8000  pod   ready  vllm        -        -   -          1     100   7ms  default/llama      -",
        "",
      ].join("\n"),
    );
    for (const path of ["queues", "endpoints", "proxies", "pools", "statuses", "decisions"]) {
      const body = await text(`/api/v1/${path}`);
      assert.doesNotMatch(body, /^[[{]/);
      assert.match(body, /default/);
    }
    assert.match((await ask("/api/v1/queues", { headers: { accept: "*/*" } })).type, /json/);
    assert.match((await ask("/api/v1/xds", { headers: { accept: "text/plain" } })).type, /json/);
  });

  it("shows decisions as many as asked for, and says what is wrong with the question", async () => {
    const decisions = async (query: string) => ask(`/api/v1/decisions${query}`);
    assert.equal(JSON.parse((await decisions("?limit=1")).body).decisions.length, 1);
    assert.equal(JSON.parse((await decisions("")).body).decisions.length, 2);
    for (const limit of ["0", "257", "x", ""]) assert.equal((await decisions(`?limit=${limit}`)).status, 400, limit);
    pickerAnswers = false;
    assert.equal((await decisions("")).status, 503);
  });

  it("shows one Gateway's xDS in Envoy's form alone, and says which Gateways and types there are", async () => {
    const xds = async (query: string) => ask(`/api/v1/xds${query}`);
    assert.deepEqual(JSON.parse((await xds("?gateway=default/llm")).body), { configs: [{ "@type": "t" }] });
    assert.deepEqual(JSON.parse((await xds("?gateway=default/llm&type=route")).body), { configs: [] });
    const lost = await xds("?gateway=default/none");
    assert.equal(lost.status, 404);
    assert.deepEqual(JSON.parse(lost.body).gateways, ["default/llm"]);
    assert.equal((await xds("?type=routes")).status, 400);
  });

  it("lists every path in its index, its OpenAPI document and its 404", async () => {
    const index = (await ask("/")).body;
    const documented = JSON.parse((await ask("/api/v1/openapi.json")).body);
    const lost = await ask("/api/v1/queue");
    assert.equal(lost.status, 404);
    for (const { path } of routes) {
      assert.ok(index.includes(path));
      assert.ok(path in documented.paths);
      assert.ok(JSON.parse(lost.body).paths.includes(path));
    }
    assert.equal(documented.info.version, "1.2.3");
  });
});

describe("the admin port", () => {
  it("lives without the control worker, and says why it cannot answer more", async () => {
    const alone = await startAdminFront({
      host: "127.0.0.1",
      port: 0,
      socket: join(root, "none.sock"),
      log: silentLog,
    });
    assert.deepEqual(await ask("/livez", {}, alone.url).then(({ status, body }) => [status, body]), [200, "ok\n"]);
    const { status, body } = await ask("/readyz", {}, alone.url);
    assert.equal(status, 503);
    assert.deepEqual(JSON.parse(body), { error: "Cannot ask the control worker: it is starting or restarting" });
    await alone.stop();
  });

  it("answers nobody who asks by another name", async () => {
    assert.equal((await ask("/livez", { headers: { host: "evil.example" } })).status, 403);
    assert.equal((await ask("/metrics", { headers: { origin: "http://evil.example" } })).status, 403);
  });

  it("changes nothing", async () => {
    assert.equal((await ask("/api/v1/queues", { method: "POST" })).status, 405);
    assert.equal((await ask("/api/v1/queues", { method: "DELETE" })).status, 405);
    assert.deepEqual(await ask("/api/v1/queues", { method: "HEAD" }).then(({ status, body }) => [status, body]), [
      200,
      "",
    ]);
  });

  it("says who may have its port and how to give it another one", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = address === null || typeof address === "string" ? 0 : address.port;
    const taken = startAdminFront({ host: "127.0.0.1", port, socket, log: silentLog });
    await assert.rejects(taken, /the port is in use, perhaps by another ante; give it another one with --admin-port/);
    await new Promise((resolve) => other.close(resolve));
  });
});
