/** Who waits in the gateway, in which order they leave, and that a wait costs nothing but time. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { Http2Client } from "../helpers/http2.ts";
import { inferenceModel } from "../helpers/inference-manifests.ts";
import { yaml } from "../helpers/manifests.ts";
import type { ReceivedRequest, StubServer } from "../helpers/stub-server.ts";

/** Nothing is held back for higher levels: the order alone is looked at. */
const rooms = (count: number) => ({
  "antechamber.dev/max-concurrency": String(count),
  "antechamber.dev/hold-back": "0",
});

/** Highest priority first. The scenario's route takes all of them; its guide spells the lowest level "Schedulable". */
const levels = [
  ["qwen"],
  ["travel-helper", "travel-helper-unset"],
  ["travel-helper-sheddable", "travel-helper-schedulable"],
] as const;
const models = levels.flat();

describe("requests that wait", () => {
  let gateway: TestGateway;
  let server: StubServer;
  let http2: Http2Client;

  before(async () => {
    gateway = await TestGateway.start({
      stub: { cacheTokens: 10_000_000, answerAtOnce: false },
      annotations: rooms(1),
      args: ["--stream-idle-timeout", "2", "--access-log", "off"],
      files: () => ({
        "models.yaml": yaml(
          inferenceModel("travel-helper-unset", "qwen-pool"),
          inferenceModel("travel-helper-sheddable", "qwen-pool", "Sheddable"),
          inferenceModel("travel-helper-schedulable", "qwen-pool", "Schedulable"),
        ),
      }),
    });
    server = gateway.servers[0] as StubServer;
    http2 = new Http2Client(gateway.port);
  });
  after(async () => {
    http2.close();
    await gateway.stop();
  });
  afterEach(async () => {
    server.answerAtOnce = true;
    server.answerAll();
    await gateway.idle();
    server.received.length = 0;
    server.answerAtOnce = false;
  });

  /** Takes the only place. */
  const occupy = async () => {
    const occupier = gateway.completion("qwen", { prompt: "occupier" });
    await eventually("the occupier at the server", () => (server.running === 1 ? true : undefined));
    return { occupier };
  };
  const waiting = (request: ReceivedRequest): { readonly model: string; readonly prompt: string } =>
    JSON.parse(request.body);

  it("leave by priority, and among equals first come first served", async () => {
    await occupy();
    // One connection, so that they arrive in this order.
    const asked = Array.from({ length: 40 }, (_, index) => ({
      model: models[(index * 7) % models.length] as string,
      prompt: String(index),
    }));
    const answers = asked.map(({ model, prompt }) => http2.completion(model, { prompt }));
    await gateway.waitingIs(asked.length);
    server.answerAtOnce = true;
    server.answerAll();
    for (const answer of await Promise.all(answers)) assert.equal(answer.status, 200);
    const served = server.received.slice(1).map((request) => waiting(request).prompt);
    const expected = levels.flatMap((level) =>
      asked.filter(({ model }) => (level as readonly string[]).includes(model)).map(({ prompt }) => prompt),
    );
    assert.deepEqual(served, expected);
    assert.equal(server.peak, 1);
  });

  it("wait longer than Envoy's stream idle timeout, with or without their body at the picker", async () => {
    await occupy();
    const requests = [gateway.completion("qwen"), gateway.completion("travel-helper"), http2.completion("qwen")];
    await gateway.waitingIs(requests.length);
    await new Promise((wake) => setTimeout(wake, 3_000));
    server.answerAtOnce = true;
    server.answerAll();
    for (const { status } of await Promise.all(requests)) assert.equal(status, 200);
  });

  it("may be 2,000, all served at the end, in their order", async () => {
    await occupy();
    const clients = Array.from({ length: 20 }, () => new Http2Client(gateway.port));
    const asked = Array.from({ length: 2_000 }, (_, index) => models[index % models.length] as string);
    const answers = asked.map((model, index) => (clients[index % 20] as Http2Client).completion(model));
    await gateway.waitingIs(2_000, 20_000);
    server.answerAtOnce = true;
    const room = 40;
    const releasedAtMs = performance.now();
    await gateway.annotate(rooms(room));
    server.answerAll();
    for (const answer of await Promise.all(answers)) assert.equal(answer.status, 200);
    const tookMs = performance.now() - releasedAtMs;
    assert.ok(tookMs < 20_000, `${Math.round(tookMs)} ms to serve 2,000`);
    for (const client of clients) client.close();

    const served = server.received.slice(1).map((request) => levelOf(waiting(request).model));
    assert.equal(served.length, 2_000);
    // Those placed together may overtake each other on their way to the server.
    const sorted = served.toSorted((a, b) => a - b);
    const astray = served.filter(
      (level, index) => level < (sorted[index - room] ?? 0) || level > (sorted[index + room] ?? 2),
    );
    assert.deepEqual(astray, []);
    assert.ok(server.peak <= room, `${server.peak} ran at once`);
    await gateway.annotate(rooms(1));
  });

  function levelOf(model: string): number {
    const asked = model.replace("-v1", "");
    return levels.findIndex((level) => (level as readonly string[]).includes(asked));
  }
});
