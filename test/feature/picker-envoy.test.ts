/** The picker behind a real Envoy: what is said on the wire has the effect that is meant. */
import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { PoolTable, QueueState } from "../../src/picker/messages.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Answer, postJson } from "../helpers/http.ts";
import { backendOf, forward, makeGateway, makeRoute, matchModel, poolCluster } from "../helpers/make-ir.ts";
import { makeModel, makePool, poolEndpoint, poolTable } from "../helpers/make-pool.ts";
import { PickerRig } from "../helpers/picker-rig.ts";
import { freePort } from "../helpers/ports.ts";
import { TinyModelServer } from "../helpers/tiny-model-server.ts";

const rig = new PickerRig();
const server = new TinyModelServer();
const spare = new TinyModelServer();
let port = 0;
let deadPort = 0;

const models = [makeModel("qwen", 1), makeModel("travel-helper", 0, ["travel-helper-v1"])];
const places = (count: number) =>
  makePool("qwen", { models, settings: { admission: "headroom", maxConcurrency: count } });
const table = (count: number): PoolTable => poolTable([places(count), [poolEndpoint(server.port)]]);

before(async () => {
  await server.listen();
  await spare.listen();
  port = await freePort();
  deadPort = await freePort();
  const cluster = poolCluster("qwen");
  const timeoutMs = 86_400_000;
  const gateway = makeGateway(
    [
      {
        host: "*",
        model: { servedModels: ["qwen", "travel-helper"] },
        routes: [
          makeRoute("qwen", forward([backendOf(cluster)], { timeoutMs }), {
            match: matchModel("exact", "qwen"),
            body: "needs",
          }),
          makeRoute("travel", forward([backendOf(cluster, 1, { bodyToPicker: true })], { timeoutMs }), {
            match: matchModel("regex", "travel-helper.*"),
            body: "needs",
          }),
        ],
      },
    ],
    [cluster],
    port,
  );
  await rig.start(gateway, table(100), { [cluster.key]: [server.port, spare.port, deadPort] });
});
beforeEach(async () => {
  server.open = true;
  server.completions.length = 0;
  rig.setPools(table(100));
  await rig.ready();
});
afterEach(async () => {
  server.release();
  await eventually("an idle pool", () =>
    rig.picker.state().endpoints.every(({ inFlight }) => inFlight === 0) ? true : undefined,
  );
});
after(async () => {
  await rig.stop();
  await Promise.all([server.stop(), spare.stop()]);
});

const ask = (model: string, more: object = {}): Promise<Answer> =>
  postJson(port, "/v1/completions", { model, ...more });
const queue = (): QueueState => rig.picker.state().queues[0] as QueueState;
const waiting = (count: number): Promise<true> =>
  eventually(`${count} waiting`, () => (queue().waiting === count ? true : undefined), { timeoutMs: 60_000 });
const running = (count: number): Promise<true> =>
  eventually(`${count} running`, () => (server.running === count ? true : undefined));

/** Takes the one place; the answer ends when the server is released. */
async function occupy(): Promise<{ readonly occupier: Promise<Answer> }> {
  rig.setPools(table(1));
  server.open = false;
  const occupier = ask("qwen");
  await running(1);
  return { occupier };
}

describe("a request with its model in the body", () => {
  test("is served where the picker said, its bytes untouched", async () => {
    const body = '{ "model":"qwen", "seed":12345678901234567890 }';
    const answer = await postJson(port, "/v1/completions", body);
    assert.equal(answer.status, 200);
    assert.equal(server.completions[0]?.body, body);
  });

  test("is renamed with a length that fits", async () => {
    const answer = await postJson(port, "/v1/completions", '{"model":"travel-helper", "seed":12345678901234567890}');
    assert.equal(answer.status, 200);
    const [seen] = server.completions;
    assert.equal(seen?.body, '{"model":"travel-helper-v1", "seed":12345678901234567890}');
    assert.equal(seen?.contentLength, `${seen?.body.length}`);
    assert.equal(seen?.transferEncoding, undefined);
  });

  test("is renamed when it is large and comes in chunks", async () => {
    const prompt = "x".repeat(3_000_000);
    const answer = await chunked(JSON.stringify({ prompt, model: "travel-helper" }));
    assert.equal(answer, 200);
    const [seen] = server.completions;
    assert.equal(seen?.body, JSON.stringify({ prompt, model: "travel-helper-v1" }));
    assert.equal(seen?.contentLength, `${seen?.body.length}`);
  });

  test("is renamed when an HTTP/2 client ends it with trailers", async () => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    try {
      const body = JSON.stringify({ model: "travel-helper", prompt: "y".repeat(100_000) });
      for (const withLength of [true, false]) {
        assert.equal(await withTrailers(session, body, withLength), 200);
        const seen = server.completions.at(-1);
        assert.equal(seen?.body, body.replace("travel-helper", "travel-helper-v1"));
      }
    } finally {
      session.close();
    }
  });

  test("that the pool does not have is 404 in OpenAI's form, in a form that says so in the log", async () => {
    const answer = await ask("travel-helper-x");
    assert.equal(answer.status, 404);
    assert.equal(answer.headers["content-type"], "application/json");
    assert.match(answer.body, /"code":"model_not_found"/);
    await eventually("the log line", () =>
      rig.accessLog.some((line) => line.includes("picker_model_not_found")) ? true : undefined,
    );
  });
});

describe("a request that waits", () => {
  test("goes on as soon as the one before it ended, which is told within a second", async () => {
    const { occupier } = await occupy();
    const request = ask("qwen");
    await waiting(1);
    server.open = true;
    const releasedAtMs = performance.now();
    server.release();
    assert.equal((await request).status, 200);
    assert.equal((await occupier).status, 200);
    assert.ok(performance.now() - releasedAtMs < 1_000, `${performance.now() - releasedAtMs} ms`);
  });

  test("may wait longer than Envoy's stream idle timeout", async () => {
    await occupy();
    const request = ask("travel-helper", { prompt: "z".repeat(200_000) });
    await waiting(1);
    await new Promise((wake) => setTimeout(wake, 2_500));
    server.open = true;
    server.release();
    assert.equal((await request).status, 200);
  });

  test("leaves when its client does", async () => {
    await occupy();
    const client = httpRequest({ host: "127.0.0.1", port, path: "/v1/completions", method: "POST" });
    client.on("error", () => {});
    client.setHeader("content-type", "application/json");
    client.end('{"model":"travel-helper"}');
    await waiting(1);
    client.destroy();
    await waiting(0);
    assert.equal(server.completions.length, 1);
  });

  test("is replayed with its age after the picker crashed, and served; what runs is not cut, and known again", async () => {
    const { occupier } = await occupy();
    const requests = [ask("qwen"), ask("travel-helper", { prompt: "p".repeat(50_000) })];
    await waiting(2);
    await new Promise((wake) => setTimeout(wake, 1_000));
    rig.crashPicker();
    await new Promise((wake) => setTimeout(wake, 300));
    await rig.startPicker();
    await waiting(2);
    assert.ok(
      queue().bands.every(({ oldestWaitMs }) => oldestWaitMs > 1_200),
      JSON.stringify(queue().bands),
    );
    await eventually("the running request", () => (rig.picker.state().endpoints[0]?.inFlight === 1 ? true : undefined));
    assert.equal(server.running, 1);
    server.open = true;
    server.release();
    for (const answer of await Promise.all([occupier, ...requests])) assert.equal(answer.status, 200);
    assert.deepEqual(
      server.completions.slice(1).map(({ body }) => (JSON.parse(body) as { model: string }).model),
      ["qwen", "travel-helper-v1"],
    );
  });

  test("is told when to come again when the picker gives up, and the next picker serves", async () => {
    await occupy();
    const request = ask("qwen");
    await waiting(1);
    rig.picker.giveUp();
    const answer = await request;
    assert.deepEqual([answer.status, answer.headers["retry-after"]], [503, "1"]);
    assert.match(answer.body, /"code":"shutting_down"/);
    server.open = true;
    server.release();
    rig.crashPicker();
    await rig.startPicker();
    assert.equal((await ask("qwen")).status, 200);
  });
});

describe("servers that fail", () => {
  test("one that refuses connections is passed over for the next, and ejected", async () => {
    const dying = new TinyModelServer();
    await dying.listen(deadPort);
    rig.setPools(poolTable([places(100), [poolEndpoint(deadPort), poolEndpoint(server.port)]]));
    await eventually("both ready", () =>
      rig.picker.state().endpoints.every(({ state }) => state === "ready") ? true : undefined,
    );
    await dying.stop();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask("qwen")));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    const state = await eventually("ejection", () =>
      rig.picker
        .state()
        .endpoints.find(({ address, state }) => address.endsWith(`:${deadPort}`) && state === "ejected"),
    );
    assert.match(state.lastError ?? "", /ECONNREFUSED|connect failure/);
  });

  test("one that answers 500 five times is ejected, and tried again after a second", async () => {
    server.status = 500;
    for (let n = 0; n < 5; n++) assert.equal((await ask("qwen")).status, 500);
    await eventually("ejection", () => (rig.picker.state().endpoints[0]?.state === "ejected" ? true : undefined));
    server.status = 200;
    assert.equal((await ask("qwen")).status, 200);
  });
});

describe("many requests", () => {
  test("2,000 wait at once and every one is answered", async () => {
    await occupy();
    const sessions = Array.from({ length: 40 }, () => connectHttp2(`http://127.0.0.1:${port}`));
    try {
      const requests = sessions.flatMap((session) => Array.from({ length: 50 }, () => overHttp2(session, "qwen")));
      await waiting(2_000);
      rig.setPools(table(100));
      server.open = true;
      server.release();
      const statuses = new Set(await Promise.all(requests));
      assert.deepEqual(statuses, new Set([200]));
    } finally {
      for (const session of sessions) session.close();
    }
  });
});

function chunked(body: string): Promise<number> {
  return new Promise((done, fail) => {
    const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
    const client = httpRequest(
      { host: "127.0.0.1", port, path: "/v1/completions", method: "POST", headers },
      (response) => {
        response.resume();
        response.on("end", () => done(response.statusCode ?? 0));
      },
    );
    client.on("error", fail);
    for (let at = 0; at < body.length; at += 100_000) client.write(body.slice(at, at + 100_000));
    client.end();
  });
}

function withTrailers(session: ClientHttp2Session, body: string, withLength: boolean): Promise<number> {
  return new Promise((done, fail) => {
    const stream = session.request(
      {
        ":method": "POST",
        ":path": "/v1/completions",
        "content-type": "application/json",
        ...(withLength ? { "content-length": `${body.length}` } : {}),
      },
      { waitForTrailers: true } as object,
    );
    let status = 0;
    stream.on("response", (headers) => (status = Number(headers[":status"])));
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-checksum": "1" }));
    stream.on("error", fail);
    stream.on("end", () => done(status));
    stream.resume();
    stream.end(body);
  });
}

function overHttp2(session: ClientHttp2Session, model: string): Promise<number> {
  return new Promise((done, fail) => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/v1/completions",
      "content-type": "application/json",
    });
    let status = 0;
    stream.on("response", (headers) => (status = Number(headers[":status"])));
    stream.on("error", fail);
    stream.on("end", () => done(status));
    stream.resume();
    stream.end(JSON.stringify({ model }));
  });
}
