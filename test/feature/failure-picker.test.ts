/** The picker's thread crashes while requests wait and run: nothing is lost, the order holds, no server is overrun. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { EndpointState, QueueState } from "../../src/picker/messages.ts";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { Http2Client } from "../helpers/http2.ts";
import type { ReceivedRequest } from "../helpers/stub-server.ts";

const room = 2;

describe("a picker that crashes", () => {
  let gateway: TestGateway;
  let http2: Http2Client;

  before(async () => {
    gateway = await TestGateway.start({
      servers: 2,
      stub: { cacheTokens: 10_000_000, answerAtOnce: false },
      annotations: { "antechamber.dev/max-concurrency": String(room), "antechamber.dev/hold-back": "0" },
      args: ["--access-log", "off", "--access-log-flush", "0.3"],
    });
    http2 = new Http2Client(gateway.port);
  });
  after(async () => {
    http2.close();
    await gateway.stop();
  });
  beforeEach(async () => {
    await gateway.idle();
    for (const server of gateway.servers) {
      server.received.length = 0;
      server.answerAtOnce = false;
    }
  });

  const running = () => gateway.servers.reduce((sum, server) => sum + server.running, 0);
  const received = () => gateway.servers.flatMap((server) => server.received);
  const promptOf = ({ body }: ReceivedRequest): string => JSON.parse(body).prompt;
  /** Resolves once another picker has told its state: one that has placed nothing yet. */
  const crash = async () => {
    const told = gateway.ante.lines.length;
    await gateway.ante.order("crash picker");
    await eventually("the crash in the log", () =>
      gateway.ante.lines.slice(told).some(({ level, worker }) => level === "error" && worker === "picker")
        ? true
        : undefined,
    );
    await eventually("the new picker's state", async () => {
      const [queue] = await gateway.ante.api<readonly QueueState[]>("/api/v1/queues");
      return queue !== undefined && Object.keys(queue.outcomes).length === 0 ? true : undefined;
    });
  };

  it("loses none of 50 that wait nor of those that run, and knows again what runs", async () => {
    const runners = Array.from({ length: 2 * room }, (_, n) => gateway.completion("qwen", { prompt: `runs ${n}` }));
    await eventually("full servers", () => (running() === 2 * room ? true : undefined));
    const asked = Array.from({ length: 50 }, (_, index) => (index % 3 === 0 ? "qwen" : "travel-helper"));
    const answers = asked.map((model, index) => http2.completion(model, { prompt: `${model} ${index}` }));
    await gateway.waitingIs(50);

    await crash();
    await gateway.waitingIs(50);
    await eventually("the running requests in the new picker's ledger", async () => {
      const endpoints = await gateway.ante.api<readonly EndpointState[]>("/api/v1/endpoints");
      return endpoints.every(({ inFlight }) => inFlight === room) ? true : undefined;
    });
    assert.equal(running(), 2 * room);
    assert.equal(received().length, 2 * room, "nothing was sent to full servers");

    for (const server of gateway.servers) {
      server.answerAtOnce = true;
      server.answerAll();
    }
    for (const { status } of await Promise.all([...runners, ...answers])) assert.equal(status, 200);
    for (const server of gateway.servers) {
      assert.ok(server.peak <= room, `${server.peak} ran at once`);
      const levels = server.received.slice(room).map((request) => promptOf(request).split(" ")[0]);
      assert.deepEqual(levels, levels.toSorted(), "Critical comes before Standard");
    }
    const prompts = received().map(promptOf);
    assert.equal(new Set(prompts).size, prompts.length, "none was served twice");
    await gateway.idle();
  });

  it("keeps the order of arrival among those that it replays", async () => {
    const [one] = gateway.servers;
    const runners = Array.from({ length: 2 * room }, () => gateway.completion("qwen", { prompt: "runs" }));
    await eventually("full servers", () => (running() === 2 * room ? true : undefined));
    const answers = Array.from({ length: 30 }, (_, index) => http2.completion("qwen", { prompt: String(index) }));
    await gateway.waitingIs(30);
    await crash();
    await gateway.waitingIs(30);
    const later = Array.from({ length: 10 }, (_, index) => http2.completion("qwen", { prompt: String(30 + index) }));
    await gateway.waitingIs(40);

    // One at a time, on one server.
    if (one !== undefined) one.answerAtOnce = true;
    one?.received[0]?.answer();
    for (const { status } of await Promise.all([...answers, ...later])) assert.equal(status, 200);
    assert.deepEqual(
      one?.received.slice(room).map(promptOf),
      Array.from({ length: 40 }, (_, index) => String(index)),
    );
    for (const server of gateway.servers) server.answerAll();
    await Promise.all(runners);
  });

  it("twice in a row loses none either", async () => {
    for (const server of gateway.servers) server.answerAtOnce = false;
    const answers = Array.from({ length: 20 }, () => gateway.completion("travel-helper"));
    await gateway.waitingIs(20 - 2 * room);
    await crash();
    await gateway.waitingIs(20 - 2 * room);
    await gateway.ante.order("crash picker");
    for (const server of gateway.servers) {
      server.answerAtOnce = true;
      server.answerAll();
    }
    for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
    for (const server of gateway.servers) assert.ok(server.peak <= room, `${server.peak} ran at once`);
  });
});
