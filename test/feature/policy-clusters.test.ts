/** What traffic policies do to connections with backends, on a real Envoy: choice, limits, checks, retries, timers. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { type Answer, http, postJson } from "../helpers/http.ts";
import { toPoolV1 } from "../helpers/inference-manifests.ts";
import {
  gateway,
  gatewayClass,
  httpRoute,
  type Manifest,
  pathMatch,
  service,
  toService,
  trafficPolicy,
} from "../helpers/manifests.ts";
import { NamedServer } from "../helpers/named-server.ts";
import { freePort } from "../helpers/ports.ts";
import { RouteRig, servedPool } from "../helpers/route-rig.ts";

const rig = new RouteRig();
let port = 0;
let servers: readonly NamedServer[] = [];
let tcp: Server;
/** First bytes of each connection to `tcp`, which sends all back. */
const greetings: string[] = [];

const hash = (consistentHash: Manifest): Manifest => ({ loadBalancer: { type: "ConsistentHash", consistentHash } });

const specs: Readonly<Record<string, Manifest>> = {
  one: { circuitBreaker: { maxParallelRequests: 1 } },
  retried: {
    retry: { numRetries: 2, retryOn: { httpStatusCodes: [500] }, perRetry: { backOff: { baseInterval: "1ms" } } },
  },
  asked: {
    healthCheck: {
      active: { type: "HTTP", http: { path: "/health" }, interval: "100ms", timeout: "1s", unhealthyThreshold: 1 },
    },
  },
  watched: {
    healthCheck: {
      passive: { consecutive5XxErrors: 1, interval: "50ms", baseEjectionTime: "60s", maxEjectionPercent: 100 },
    },
  },
  "by-header": hash({ type: "Headers", headers: [{ name: "x-user" }] }),
  "by-query": hash({ type: "QueryParams", queryParams: [{ name: "user" }] }),
  "by-cookie": hash({ type: "Cookie", cookie: { name: "stuck", ttl: "1m", attributes: { SameSite: "Lax" } } }),
  "by-address": hash({ type: "SourceIP" }),
  named: { loadBalancer: { type: "RoundRobin", endpointOverride: { extractFrom: [{ header: "x-endpoint" }] } } },
  reporting: { loadBalancer: { type: "BackendUtilization", backendUtilization: {} } },
  short: { circuitBreaker: { maxRequestsPerConnection: 1 } },
  idle: { timeout: { http: { streamIdleTimeout: "400ms" } } },
  timed: { timeout: { http: { maxStreamDuration: "400ms" } } },
  upgrading: { httpUpgrade: [{ type: "antechamber-test" }] },
};
/** To the server that takes any bytes. */
const rawSpecs: Readonly<Record<string, Manifest>> = {
  greeted: { proxyProtocol: { version: "V1" } },
  tunnel: { httpUpgrade: [{ type: "CONNECT", connect: { terminate: true } }] },
};

const rulesOf = (of: Readonly<Record<string, Manifest>>, backend: Manifest): readonly Manifest[] =>
  Object.keys(of).map((name) => ({ name, matches: [pathMatch("PathPrefix", `/${name}`)], backendRefs: [backend] }));

before(async () => {
  port = await freePort();
  servers = await Promise.all(["one", "two", "three"].map((name) => NamedServer.start(name)));
  tcp = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.once("data", (first) => greetings.push(first.toString()));
    socket.on("data", (data) => socket.write(data));
  });
  await new Promise<void>((done) => tcp.listen(0, "127.0.0.1", done));
  await rig.start();
  const ports = servers.map((server) => server.port);
  const statuses = await rig.publish([
    gatewayClass(),
    gateway("gw", port),
    ...service("web", ports),
    ...service("raw", [(tcp.address() as AddressInfo).port]),
    ...servedPool("llm", ports),
    httpRoute("services", { parent: "gw", hostnames: ["service.test"] }, rulesOf(specs, toService("web"))),
    httpRoute("pool", { parent: "gw", hostnames: ["pool.test"] }, rulesOf(specs, toPoolV1("llm"))),
    httpRoute("raw", { parent: "gw", hostnames: ["raw.test"] }, rulesOf(rawSpecs, toService("raw"))),
    ...["services", "pool"].flatMap((route) => Object.entries(specs).map((entry) => policyOn(route, entry))),
    ...Object.entries(rawSpecs).map((entry) => policyOn("raw", entry)),
  ]);
  const denied = JSON.stringify(statuses).match(/"status":"False","reason":"(Invalid|TargetNotFound)".{0,200}/);
  assert.equal(denied, null);
});
after(async () => {
  await rig.stop();
  await Promise.all(servers.map((server) => server.stop()));
  await new Promise((done) => tcp.close(done));
});
beforeEach(() => {
  for (const server of servers) server.treat = server.answer;
  rig.picker.decide = () => `127.0.0.1:${servers[0]?.port}`;
  rig.picker.asked.length = 0;
});

function policyOn(route: string, [name, spec]: readonly [string, Manifest]): Manifest {
  return trafficPolicy(`${route}-${name}`, { kind: "HTTPRoute", name: route, sectionName: name }, spec);
}

const atService = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  http(port, path, { headers: { host: "service.test", ...headers } });
const atPool = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  postJson(port, path, { model: "m" }, { host: "pool.test", ...headers });
const bodies = async (count: number, ask: () => Promise<Answer>): Promise<readonly string[]> => {
  const answers: Answer[] = [];
  for (let made = 0; made < count; made++) answers.push(await ask());
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  return [...new Set(answers.map(({ body }) => body))].sort();
};
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

describe("a circuit breaker", () => {
  for (const [what, ask] of Object.entries({ "a Service": atService, "a pool": atPool })) {
    it(`refuses what ${what} may not run at once`, async () => {
      const held: (() => void)[] = [];
      for (const server of servers) server.treat = (_, response) => held.push(() => response.end("held"));
      const first = ask("/one");
      await eventually("the first request at a server", () => held.length > 0 || undefined);
      assert.equal((await ask("/one")).status, 503);
      for (const release of held) release();
      assert.equal((await first).body, "held");
      for (const server of servers) server.treat = server.answer;
      await eventually("room again", async () => ((await ask("/one")).status === 200 ? true : undefined));
    });
  }

  it("ends connections after so many requests", async () => {
    const before = servers.reduce((sum, { connections }) => sum + connections, 0);
    for (let count = 0; count < 6; count++) await atService("/short");
    assert.equal(servers.reduce((sum, { connections }) => sum + connections, 0) - before, 6);
  });
});

describe("a retry", () => {
  const failFirst = (): { count: number } => {
    const seen = { count: 0 };
    for (const server of servers) {
      server.treat = (incoming, response) => {
        // Checks of another rule's policy come at any time.
        const isCheck = incoming.url === "/health";
        if (!isCheck) seen.count++;
        if (isCheck || seen.count > 2) server.answer(incoming, response);
        else response.writeHead(500).end();
      };
    }
    return seen;
  };

  it("of a policy repeats what has one of its codes", async () => {
    const seen = failFirst();
    assert.equal((await atService("/retried")).status, 200);
    assert.equal(seen.count, 3);
  });

  it("at a pool walks the picker's list, and the picker is asked once", async () => {
    failFirst();
    rig.picker.decide = () => servers.map((server) => `127.0.0.1:${server.port}`).join(",");
    assert.equal((await atPool("/retried")).body, "three");
    assert.equal(rig.picker.asked.length, 1);
  });
});

describe("a health check", () => {
  it("that is active takes a server out that fails it", async () => {
    const [sick] = servers;
    if (sick !== undefined) {
      sick.treat = (incoming, response) => {
        if (incoming.url === "/health") response.writeHead(500).end();
        else sick.answer(incoming, response);
      };
    }
    await eventually("the sick server out", async () => {
      const seen = await bodies(12, () => atService("/asked")).catch(() => ["one"]);
      return seen.includes("one") || seen.length < 2 ? undefined : true;
    });
    if (sick !== undefined) sick.treat = sick.answer;
    await eventually("the server back", async () =>
      (await bodies(12, () => atService("/asked"))).includes("one") ? true : undefined,
    );
  });

  it("that is passive takes a server out that failed a request", async () => {
    const [sick] = servers;
    if (sick !== undefined) sick.treat = (_, response) => response.writeHead(500).end();
    await eventually("a failed request", async () => ((await atService("/watched")).status === 500 ? true : undefined));
    await eventually("the sick server out", async () => {
      const seen = await bodies(12, () => atService("/watched")).catch(() => ["one"]);
      return seen.includes("one") ? undefined : true;
    });
    assert.deepEqual(await bodies(12, () => atService("/watched")), ["three", "two"]);
  });
});

describe("consistent hashing", () => {
  it("by header or query sends one value to one server, and values to several", async () => {
    const users = Array.from({ length: 30 }, (_, index) => `user-${index}`);
    for (const ask of [
      (user: string) => atService("/by-header", { "x-user": user }),
      (user: string) => atService(`/by-query?user=${user}`),
    ]) {
      const homes = new Set<string>();
      for (const user of users) {
        const [home, ...others] = await bodies(3, () => ask(user));
        assert.deepEqual(others, []);
        homes.add(home ?? "");
      }
      assert.equal(homes.size, 3);
    }
  });

  it("by cookie gives a client one that keeps it where it is", async () => {
    const first = await atService("/by-cookie");
    const [cookie = ""] = first.headers["set-cookie"] ?? [];
    assert.match(cookie, /^stuck="?[0-9a-f]+"?; Max-Age=60;.*SameSite=Lax/i);
    const again = await bodies(5, () => atService("/by-cookie", { cookie: cookie.split(";")[0] ?? "" }));
    assert.deepEqual(again, [first.body]);
  });

  it("by address keeps a client at one server", async () => {
    assert.equal((await bodies(10, () => atService("/by-address"))).length, 1);
  });

  it("at a pool leaves the choice to the picker", async () => {
    for (const server of servers) {
      rig.picker.decide = () => `127.0.0.1:${server.port}`;
      assert.equal((await atPool("/by-header", { "x-user": "one" })).body, server.name);
    }
  });
});

describe("a header that names the endpoint", () => {
  it("decides at a Service, and nothing at a pool", async () => {
    for (const server of servers) {
      const headers = { "x-endpoint": `127.0.0.1:${server.port}` };
      assert.equal((await atService("/named", headers)).body, server.name);
      assert.equal((await atPool("/named", headers)).body, "one");
    }
    assert.equal((await bodies(9, () => atService("/named"))).length, 3);
  });
});

describe("load reports of servers", () => {
  it("are kept from clients where they are what balances the load", async () => {
    for (const server of servers) {
      server.treat = (incoming, response) => {
        response.setHeader("endpoint-load-metrics", "TEXT application_utilization=0.5");
        server.answer(incoming, response);
      };
    }
    assert.equal((await atService("/reporting")).headers["endpoint-load-metrics"], undefined);
    assert.notEqual((await atService("/short")).headers["endpoint-load-metrics"], undefined);
  });
});

describe("a timer at a pool", () => {
  const beginAnswers = (): void => {
    for (const server of servers) {
      server.treat = (_, response) => {
        response.write("begun");
        setTimeout(() => response.end(), 2000).unref();
      };
    }
  };

  for (const path of ["/idle", "/timed"]) {
    it(`does not count the waiting for a server: ${path}`, async () => {
      rig.picker.decide = async () => {
        await pause(900);
        return `127.0.0.1:${servers[0]?.port}`;
      };
      assert.equal((await atPool(path)).body, "one");
    });

    it(`counts from then on: ${path}`, async () => {
      beginAnswers();
      const started = performance.now();
      await assert.rejects(atPool(path));
      assert.ok(performance.now() - started < 1800, "cut before the server ended it");
    });

    it(`ends a request that no server answers: ${path}`, async () => {
      for (const server of servers) server.treat = () => {};
      assert.equal((await atPool(path)).status, 504);
    });
  }
});

describe("an upgrade", () => {
  const upgrade = (host: string, path: string, kind: string): Promise<number> =>
    http(port, path, { headers: { host, connection: "upgrade", upgrade: kind } }).then(({ status }) => status);

  it("is passed where the policy lists it, and no other is", async () => {
    assert.equal(await upgrade("service.test", "/upgrading", "antechamber-test"), 200);
    assert.equal(await upgrade("service.test", "/upgrading", "websocket"), 403);
    assert.equal(await upgrade("service.test", "/short", "antechamber-test"), 403);
    assert.equal(await upgrade("pool.test", "/upgrading", "antechamber-test"), 403);
  });

  it("to a tunnel ends at the gateway: the backend gets its bytes", async () => {
    const echoed = await new Promise<string>((done, fail) => {
      const sent = request({ host: "127.0.0.1", port, method: "CONNECT", path: "raw.test:80", agent: false });
      sent.on("error", fail);
      sent.on("response", ({ statusCode }) => fail(new Error(`${statusCode}`)));
      sent.on("connect", (_, socket) => {
        socket.on("data", (data: Buffer) => {
          done(data.toString());
          socket.destroy();
        });
        socket.write("bytes");
      });
      sent.end();
    });
    assert.equal(echoed, "bytes");
  });
});

describe("the PROXY protocol", () => {
  it("tells a backend who the client is", async () => {
    greetings.length = 0;
    await http(port, "/greeted", { headers: { host: "raw.test" } });
    assert.match(greetings[0] ?? "", /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\n/);
  });
});
