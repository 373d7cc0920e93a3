/** Servers that two pools share, servers that leave, pools without any. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { EndpointState } from "../../src/picker/messages.ts";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { parent, poolV1, poolV1Alpha2, toPoolV1 } from "../helpers/inference-manifests.ts";
import { httpRoute, toPool, yaml } from "../helpers/manifests.ts";
import { podsYaml } from "../helpers/scenario.ts";
import { StubServer } from "../helpers/stub-server.ts";

const room = 4;
const annotations = { "antechamber.dev/max-concurrency": String(room) };
const selector = { app: "shared" };
const stub = { cacheTokens: 1_000_000, answerAtOnce: false };

describe("two pools over the same servers, one of each API", () => {
  let gateway: TestGateway;
  const servers: StubServer[] = [];

  before(async () => {
    servers.push(await StubServer.start(stub), await StubServer.start(stub));
    gateway = await TestGateway.start({
      servers: 0,
      args: ["--access-log", "off"],
      files: () => ({
        "more.yaml": yaml(
          poolV1Alpha2("old", { selector, annotations }),
          poolV1("new", { selector, annotations }),
          httpRoute("old", { parent, hostnames: ["old.test"] }, [{ backendRefs: [toPool("old")] }]),
          httpRoute("new", { parent, hostnames: ["new.test"] }, [{ backendRefs: [toPoolV1("new")] }]),
        ),
        "shared.yaml": podsYaml(
          servers.map(({ port }) => port),
          selector,
        ),
      }),
    });
    await gateway.serversReady(2);
  });
  after(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await gateway.stop();
  });

  const ask = (host: string) => gateway.completion("m", {}, { headers: { host } });

  it("share the room of each server, and what one releases wakes the other", async () => {
    const old = Array.from({ length: 10 }, () => ask("old.test"));
    await eventually("full servers", () => (servers.every(({ running }) => running === room) ? true : undefined));
    const young = Array.from({ length: 10 }, () => ask("new.test"));
    await gateway.waitingIs(12);
    assert.deepEqual(
      servers.map(({ running }) => running),
      [room, room],
    );

    const arrived = () => servers.reduce((sum, { received }) => sum + received.length, 0);
    for (let released = 1; released <= 12; released++) {
      const [even, odd] = servers;
      (released % 2 === 0 ? even : odd)?.received[Math.floor((released - 1) / 2)]?.answer();
      await eventually("the next in its place", () => (arrived() === 2 * room + released ? true : undefined));
    }
    for (const server of servers) server.answerAll();
    for (const { status } of await Promise.all([...old, ...young])) assert.equal(status, 200);
    for (const server of servers) assert.equal(server.peak, room);
    await gateway.idle();
  });
});

describe("a pool whose servers leave", () => {
  let gateway: TestGateway;
  let first: StubServer;
  let second: StubServer;

  before(async () => {
    gateway = await TestGateway.start({
      servers: 2,
      stub,
      args: ["--access-log", "off"],
      files: ({ servers: [a = 0, b = 0] }) => ({
        "pods.yaml": podsYaml([a], { app: "qwen" }),
        "second.yaml": podsYaml([b], { app: "qwen" }),
      }),
    });
    [first, second] = gateway.servers as [StubServer, StubServer];
  });
  after(() => gateway.stop());

  const endpoints = () => gateway.ante.api<readonly EndpointState[]>("/api/v1/endpoints");
  const pod = (port: number, more = "") =>
    podsYaml([port], { app: "qwen" }).replace(`name: server-${port}`, `name: server-${port}${more}`);

  it("sends nothing more to one that terminates, and lets its request finish", async () => {
    const runners = [gateway.completion("qwen"), gateway.completion("qwen")];
    await eventually("one on each", () => (first.running === 1 && second.running === 1 ? true : undefined));
    const terminating = "\n  deletionTimestamp: 2026-01-01T00:00:00Z";
    gateway.ante.write("second.yaml", pod(second.port, terminating));
    await eventually("its draining", async () =>
      (await endpoints()).some(({ state }) => state === "draining") ? true : undefined,
    );
    first.answerAtOnce = true;
    for (let n = 0; n < 20; n++) assert.equal((await gateway.completion("qwen")).status, 200);
    assert.equal(second.received.length, 1);

    second.answerAll();
    first.answerAll();
    for (const { status } of await Promise.all(runners)) assert.equal(status, 200);
    first.answerAtOnce = false;
  });

  it("lets the request of one whose Pod is gone finish", async () => {
    gateway.ante.write("second.yaml", pod(second.port));
    await gateway.serversReady(2);
    second.received.length = 0;
    first.received.length = 0;
    const runners = [gateway.completion("qwen"), gateway.completion("qwen")];
    await eventually("one on each", () => (first.running === 1 && second.running === 1 ? true : undefined));
    second.received[0]?.write("data: 1\n\n");
    gateway.ante.remove("second.yaml");
    await eventually("one endpoint", async () => ((await endpoints()).length === 1 ? true : undefined));
    first.answerAtOnce = true;
    for (let n = 0; n < 20; n++) assert.equal((await gateway.completion("qwen")).status, 200);
    assert.equal(second.received.length, 1);
    assert.equal(second.running, 1);

    second.received[0]?.answer("data: 2\n\n");
    first.answerAll();
    const bodies = (await Promise.all(runners)).map(({ status, body }) => [status, body]);
    assert.deepEqual(
      bodies.find(([, body]) => String(body).startsWith("data")),
      [200, "data: 1\n\ndata: 2\n\n"],
    );
    await gateway.idle();
  });

  it("without any endpoint answers 503 and says when to come again", async () => {
    gateway.ante.remove("pods.yaml");
    await eventually("no endpoint", async () => ((await endpoints()).length === 0 ? true : undefined));
    const answer = await gateway.completion("qwen");
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.headers["retry-after"]) >= 1);
    assert.equal(answer.headers["x-llm-d-request-dropped-reason"], "rejected-no-endpoints");
  });

  it("waits for a first endpoint where its annotation says so", async () => {
    await gateway.annotate({ "antechamber.dev/wait-for-endpoints": "20s" });
    const asked = [gateway.completion("qwen"), gateway.completion("travel-helper")];
    await gateway.waitingIs(2);
    first.answerAtOnce = true;
    gateway.ante.write("pods.yaml", pod(first.port));
    for (const { status } of await Promise.all(asked)) assert.equal(status, 200);
  });
});
