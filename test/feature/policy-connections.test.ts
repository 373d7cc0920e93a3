/** What traffic policies make of HTTP/2 to backends, and of the budget for retries, on a real Envoy. */
import assert from "node:assert/strict";
import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { http } from "../helpers/http.ts";
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
import { RouteRig } from "../helpers/route-rig.ts";

const retriesWithin = (minRetryConcurrency: number): Manifest => ({
  retry: { numRetries: 2, retryOn: { httpStatusCodes: [500] }, perRetry: { backOff: { baseInterval: "1ms" } } },
  circuitBreaker: { retryBudget: { percent: { numerator: 0 }, minRetryConcurrency } },
});

const specs: Readonly<Record<string, Manifest>> = {
  windows: {
    http2: { initialStreamWindowSize: "128Ki", connectionKeepalive: { interval: "500ms", timeout: "400ms" } },
  },
  "no-budget": retriesWithin(0),
  "some-budget": retriesWithin(3),
};

const rig = new RouteRig();
let port = 0;
let failing: NamedServer;
let http2: Http2Server;
const sessions: ServerHttp2Session[] = [];
let pings = 0;

before(async () => {
  port = await freePort();
  failing = await NamedServer.start("failing");
  http2 = createServer((_, response) => response.end("h2"));
  http2.on("session", (session) => {
    sessions.push(session);
    session.on("ping", () => pings++);
  });
  await new Promise<void>((done) => http2.listen(0, "127.0.0.1", done));
  await rig.start();
  const [web, ...slices] = service("h2", [(http2.address() as AddressInfo).port]);
  await rig.publish([
    gatewayClass(),
    gateway("gw", port),
    { ...web, spec: { ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }] } },
    ...slices,
    ...service("failing", [failing.port]),
    httpRoute(
      "all",
      { parent: "gw" },
      Object.keys(specs).map((name) => ({
        name,
        matches: [pathMatch("PathPrefix", `/${name}`)],
        backendRefs: [toService(name === "windows" ? "h2" : "failing")],
      })),
    ),
    ...Object.entries(specs).map(([name, spec]) =>
      trafficPolicy(name, { kind: "HTTPRoute", name: "all", sectionName: name }, spec),
    ),
  ]);
});
after(async () => {
  await rig.stop();
  await failing.stop();
  for (const session of sessions) session.destroy();
  await new Promise((done) => http2.close(done));
});

describe("HTTP/2 to a backend", () => {
  it("has the window of the policy, and is kept alive by pings", async () => {
    assert.equal((await http(port, "/windows")).body, "h2");
    assert.equal(sessions[0]?.remoteSettings.initialWindowSize, 128 * 1024);
    await eventually("a ping", () => (pings > 0 ? true : undefined));
  });
});

describe("a budget for retries", () => {
  const triesOf = async (path: string): Promise<number> => {
    let tries = 0;
    failing.treat = (_, response) => {
      tries++;
      response.writeHead(500).end();
    };
    assert.equal((await http(port, path)).status, 500);
    return tries;
  };

  it("of nothing lets none happen, and one that has room lets all happen", async () => {
    assert.equal(await triesOf("/no-budget"), 1);
    assert.equal(await triesOf("/some-budget"), 3);
  });
});
