/** What traffic policies do to requests and answers on a real Envoy: at a Service, and in front of a pool's picker. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, beforeEach, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { FailingServer } from "../helpers/failing-server.ts";
import { type Answer, type Echo, http, postJson, startEcho } from "../helpers/http.ts";
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
import { freePort } from "../helpers/ports.ts";
import { RouteRig, servedPool } from "../helpers/route-rig.ts";

const rig = new RouteRig();
let port = 0;
let echo: Echo;
let failing: FailingServer;

const perMinute = (requests: number): Manifest => ({ limit: { requests, unit: "Minute" } });

/** By the name of a route on each of the hosts. */
const specs: Readonly<Record<string, Manifest>> = {
  limited: { rateLimit: { local: { rules: [perMinute(2)] } } },
  "limited-by-user": {
    rateLimit: {
      local: {
        rules: [
          {
            ...perMinute(1),
            clientSelectors: [{ headers: [{ name: "x-user", type: "Distinct" }], methods: [{ value: "POST" }] }],
          },
        ],
      },
    },
  },
  "limited-by-path": {
    rateLimit: {
      local: { rules: [{ ...perMinute(1), clientSelectors: [{ path: { value: "/limited-by-path/a" } }] }] },
    },
  },
  "limited-by-address": {
    rateLimit: {
      local: {
        rules: [
          { ...perMinute(1), clientSelectors: [{ sourceCIDR: { value: "127.0.0.0/8", type: "Distinct" } }] },
          { ...perMinute(100), clientSelectors: [{ sourceCIDR: { value: "127.0.0.0/8", invert: true } }] },
        ],
      },
    },
  },
  costly: {
    rateLimit: { local: { rules: [{ ...perMinute(5), cost: { request: { from: "Number", number: 3 } } }] } },
  },
  counted: { rateLimit: { local: { rules: [{ ...perMinute(1), shadowMode: true }] } } },
  aborted: { faultInjection: { abort: { httpStatus: 418 } } },
  delayed: { faultInjection: { delay: { fixedDelay: "300ms" } } },
  compressed: { compressor: [{ type: "Gzip", gzip: {} }] },
  overridden: {
    responseOverride: [
      {
        match: { statusCodes: [{ type: "Range", range: { start: 500, end: 503 } }] },
        source: "Backend",
        response: {
          statusCode: 200,
          contentType: "text/plain",
          body: { type: "Inline", inline: "sorry, 100% %REQ(host)%" },
          header: { set: [{ name: "x-was", value: "bad" }] },
        },
      },
      {
        match: { statusCodes: [{ value: 404 }] },
        redirect: {
          scheme: "https",
          hostname: "www.example.com",
          port: 8443,
          path: { type: "ReplaceFullPath", replaceFullPath: "/sorry" },
        },
      },
    ],
    faultInjection: { abort: { httpStatus: 503, percentage: 0 } },
  },
  buffered: { requestBuffer: { limit: "1Ki" } },
};

function rules(backend: Manifest): readonly Manifest[] {
  return Object.keys(specs).map((name) => ({
    name,
    matches: [pathMatch("PathPrefix", `/${name}`)],
    backendRefs: [backend],
  }));
}

before(async () => {
  port = await freePort();
  echo = await startEcho("echo");
  failing = await FailingServer.start("failing");
  await rig.start();
  const statuses = await rig.publish([
    gatewayClass(),
    gateway("gw", port),
    ...service("echo", [echo.port]),
    ...service("failing", [failing.port]),
    ...servedPool("llm", [echo.port]),
    httpRoute("services", { parent: "gw", hostnames: ["service.test"] }, rules(toService("echo"))),
    httpRoute("pool", { parent: "gw", hostnames: ["pool.test"] }, rules(toPoolV1("llm"))),
    httpRoute("failing", { parent: "gw", hostnames: ["failing.test"] }, rules(toService("failing"))),
    ...["services", "pool", "failing"].flatMap((route) =>
      Object.entries(specs).map(([name, spec]) =>
        trafficPolicy(`${route}-${name}`, { kind: "HTTPRoute", name: route, sectionName: name }, spec),
      ),
    ),
  ]);
  const denied = JSON.stringify(statuses).match(/"status":"False","reason":"(Invalid|TargetNotFound)".{0,200}/);
  assert.equal(denied, null);
  rig.picker.decide = () => `127.0.0.1:${echo.port}`;
});
after(async () => {
  await rig.stop();
  await Promise.all([echo.stop(), failing.stop()]);
});
beforeEach(() => {
  rig.picker.asked.length = 0;
  failing.attempts = [];
});

for (const [what, host] of Object.entries({ "a Service": "service.test", "a pool": "pool.test" })) {
  const isPool = host === "pool.test";
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}, body: unknown = { model: "m" }) =>
    postJson(port, path, body, { host, ...headers });

  describe(`in front of ${what}`, () => {
    it("a rate limit answers 429 once its requests are used up, and the picker is not asked", async () => {
      const answers: Answer[] = [];
      for (let count = 0; count < 4; count++) answers.push(await ask("/limited"));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 429, 429],
      );
      assert.equal(answers[2]?.headers["x-ratelimit-remaining"], "0");
      assert.equal(rig.picker.asked.length, isPool ? 2 : 0);
    });

    it("a rate limit counts each value of a header for itself, and only selected requests", async () => {
      assert.equal((await ask("/limited-by-user", { "x-user": "a" })).status, 200);
      assert.equal((await ask("/limited-by-user", { "x-user": "a" })).status, 429);
      assert.equal((await ask("/limited-by-user", { "x-user": "b" })).status, 200);
      assert.equal((await ask("/limited-by-user")).status, 200);
      const get = await http(port, "/limited-by-user", { headers: { host, "x-user": "a" } });
      assert.equal(get.status, 200);
    });

    it("a rate limit selects by whole segments of the path, whatever the query is", async () => {
      assert.equal((await ask("/limited-by-path/a?b=c")).status, 200);
      assert.equal((await ask("/limited-by-path/a/b")).status, 429);
      assert.equal((await ask("/limited-by-path/ab")).status, 200);
    });

    it("a rate limit selects by the client's address", async () => {
      assert.equal((await ask("/limited-by-address")).status, 200);
      assert.equal((await ask("/limited-by-address")).status, 429);
    });

    it("a request may count for more than one, or be counted and never refused", async () => {
      assert.equal((await ask("/costly")).status, 200);
      assert.equal((await ask("/costly")).status, 429);
      for (let count = 0; count < 3; count++) assert.equal((await ask("/counted")).status, 200);
    });

    it("a fault is answered before anything else happens", async () => {
      assert.equal((await ask("/aborted")).status, 418);
      assert.equal(rig.picker.asked.length, 0);
    });

    it("a delay comes first", async () => {
      const started = performance.now();
      const answer = ask("/delayed");
      await new Promise((done) => setTimeout(done, 100));
      assert.equal(rig.picker.asked.length, 0);
      assert.equal((await answer).status, 200);
      assert.ok(performance.now() - started >= 290);
    });

    it("answers are compressed for clients that take it", async () => {
      const headers = { "accept-encoding": "gzip", "x-padding": "x".repeat(100) };
      const raw = await rawAnswer("/compressed", host, headers);
      assert.equal(raw.encoding, "gzip");
      assert.match(gunzipSync(raw.body).toString(), /"server":"echo"/);
      assert.equal((await rawAnswer("/compressed", host, {})).encoding, undefined);
      assert.equal((await rawAnswer("/limited-by-path/c", host, headers)).encoding, undefined);
    });

    it("a body above the buffer's limit is answered 413, and the picker is not asked", async () => {
      assert.equal((await ask("/buffered", {}, { model: "m", prompt: "x".repeat(500) })).status, 200);
      assert.equal(rig.picker.asked.length, isPool ? 1 : 0);
      const large = { model: "m", prompt: "x".repeat(2000) };
      assert.equal((await ask("/buffered", {}, large)).status, 413);
      const chunked = { "transfer-encoding": "chunked" };
      assert.equal((await ask("/buffered", chunked, large)).status, 413);
      assert.equal((await ask("/buffered", { ...chunked, "content-type": "text/plain" }, large)).status, 413);
      assert.equal(rig.picker.asked.length, isPool ? 1 : 0);
    });
  });
}

describe("a response override", () => {
  const ask = (path = "/overridden"): Promise<Answer> => http(port, path, { headers: { host: "failing.test" } });

  it("replaces status, body and headers, and takes percent signs for text", async () => {
    failing.attempts = [502];
    const answer = await ask();
    assert.equal(answer.status, 200);
    assert.equal(answer.body, "sorry, 100% %REQ(host)%");
    assert.equal(answer.headers["content-type"], "text/plain");
    assert.equal(answer.headers["x-was"], "bad");
  });

  it("leaves what it does not match, and what it is not the source of, alone", async () => {
    failing.attempts = [504];
    assert.equal((await ask()).status, 504);
    assert.equal((await ask()).body, "failing");
  });

  it("sends the client elsewhere", async () => {
    failing.attempts = [404];
    const answer = await ask();
    assert.equal(answer.status, 302);
    assert.equal(answer.headers["location"], "https://www.example.com:8443/sorry");
  });

  it("does not take the gateway's own answers for a backend's", async () => {
    failing.attempts = ["reset"];
    assert.equal((await ask()).status, 503);
  });
});

/** Undecoded. */
function rawAnswer(
  path: string,
  host: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly encoding: string | undefined; readonly body: Buffer }> {
  return new Promise((done, fail) => {
    const sent = request({ host: "127.0.0.1", port, path, headers: { host, ...headers }, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", fail);
      incoming.on("end", () => done({ encoding: incoming.headers["content-encoding"], body: Buffer.concat(chunks) }));
    });
    sent.on("error", fail);
    sent.end();
  });
}
