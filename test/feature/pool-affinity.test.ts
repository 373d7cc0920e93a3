/** Prompts that begin alike, and requests of one session, find their server again; all others spread. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../../src/lib/clock.ts";
import { defaultCapacity } from "../../src/sim/capacity.ts";
import { type SimServer, startSimServer } from "../../src/sim/server.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { podsYaml } from "../helpers/scenario.ts";

const scheduling = "inference-epp-env.networking.x-k8s.io/enable-prefix-cache-scheduling";
const strategy = "inference.networking.x-k8s.io/routing-strategy";

describe("a pool of servers that keep the beginnings of prompts", () => {
  let servers: readonly SimServer[] = [];
  let gateway: TestGateway;

  before(async () => {
    servers = await Promise.all(Array.from({ length: 4 }, startSim));
    gateway = await TestGateway.start({
      servers: 0,
      annotations: { [strategy]: "PREFIX_CACHE", "antechamber.dev/session-affinity": "X-Session" },
      files: () => ({
        "pods.yaml": podsYaml(
          servers.map(({ port }) => port),
          { app: "qwen" },
        ),
      }),
    });
    await gateway.serversReady(servers.length);
  });
  after(async () => {
    await gateway?.stop();
    await Promise.all(servers.map((server) => server.stop()));
  });

  const hits = (): number => servers.reduce((sum, server) => sum + server.stats().cacheHits, 0);
  /** Which servers got requests meanwhile. */
  const used = async (send: () => Promise<void>): Promise<readonly SimServer[]> => {
    const before = servers.map((server) => server.stats().finished);
    await send();
    return servers.filter((server, place) => server.stats().finished > (before[place] ?? 0));
  };
  const complete = async (prompt: string, model = "qwen", headers = {}): Promise<void> => {
    const { status } = await gateway.completion(model, { prompt, max_tokens: 2 }, { headers });
    assert.equal(status, 200);
    await gateway.idle();
  };

  it("sends prompts with one long beginning to one server, which finds it in its cache", async () => {
    const beginning = "You are a helpful assistant. ".repeat(100);
    const hitsBefore = hits();
    const one = await used(async () => {
      for (let question = 0; question < 8; question++) await complete(`${beginning} Question ${question}?`);
    });
    assert.equal(one.length, 1);
    const wholeBlocks = Math.floor(beginning.length / 64) * 16;
    assert.ok(hits() - hitsBefore >= 7 * wholeBlocks, `${hits() - hitsBefore} tokens found`);
  });

  it("spreads prompts that begin otherwise", async () => {
    const many = await used(async () => {
      for (let question = 0; question < 24; question++) await complete(`${question} ${randomUUID().repeat(10)}`);
    });
    assert.ok(many.length > 1, `${many.length} of ${servers.length} servers`);
  });

  it("does so where the model is renamed, and goes on with a chat that grows", async () => {
    const messages = [{ role: "user", content: "Tell me of Lisbon. ".repeat(60) }];
    const one = await used(async () => {
      for (let turn = 0; turn < 6; turn++) {
        const answer = await gateway.completion(
          "travel-helper",
          { prompt: undefined, messages, max_tokens: 2 },
          { path: "/v1/chat/completions" },
        );
        assert.equal(answer.status, 200);
        messages.push({ role: "assistant", content: "Lisbon" }, { role: "user", content: `And then ${turn}?` });
        await gateway.idle();
      }
    });
    assert.equal(one.length, 1);
  });

  it("sends the requests of one session to one server, whatever they ask", async () => {
    for (const session of ["first", "second"]) {
      const one = await used(async () => {
        for (let turn = 0; turn < 8; turn++)
          await complete(`${turn} ${randomUUID().repeat(10)}`, "qwen", { "x-session": session });
      });
      assert.equal(one.length, 1, session);
    }
  });

  it("compares no prompts where the pool is told so, at once", async () => {
    await gateway.annotate({ [scheduling]: "false" });
    const beginning = "You are a stateless assistant. ".repeat(100);
    const many = await used(async () => {
      for (let question = 0; question < 24; question++) await complete(`${beginning} Question ${question}?`);
    });
    assert.ok(many.length > 1, `${many.length} of ${servers.length} servers`);
  });
});

function startSim(): Promise<SimServer> {
  return startSimServer({
    clock: systemClock,
    newId: randomUUID,
    host: "127.0.0.1",
    port: 0,
    models: { base: "qwen", loras: ["travel-helper-v1"] },
    capacity: { ...defaultCapacity, prefixCaching: true },
    metricsVersion: "1.x",
    answerTokens: undefined,
    faults: {},
  });
}
