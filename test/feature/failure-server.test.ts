/** Model servers that die, refuse, fail or are no vLLM: what clients see, and that the ledger ends at zero. */
import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { after, before, describe, it } from "node:test";
import type { EndpointState } from "../../src/picker/messages.ts";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import { podsYaml } from "../helpers/scenario.ts";
import { StubServer } from "../helpers/stub-server.ts";

const pods = { app: "qwen" };
const stub = { cacheTokens: 1_000_000 };

describe("five servers, one of which dies", () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await TestGateway.start({ servers: 5, stub, args: ["--access-log", "off"] });
  });
  after(() => gateway.stop());

  const endpoints = () => gateway.ante.api<readonly EndpointState[]>("/api/v1/endpoints");
  const hundred = () => Promise.all(Array.from({ length: 100 }, () => gateway.completion("qwen")));

  it("breaks the answer that it streamed, frees its charge, and serves the others", async () => {
    for (const server of gateway.servers) server.answerAtOnce = false;
    const pieces: string[] = [];
    const broken = streamed(gateway.port, pieces);
    const server = await eventually("the server of the request", () =>
      gateway.servers.find(({ running }) => running === 1),
    );
    server.received[0]?.write("data: 1\n\n");
    await eventually("the first piece", () => (pieces.length > 0 ? true : undefined));
    server.received[0]?.destroy();
    await assert.rejects(broken);
    assert.deepEqual(pieces, ["data: 1\n\n"]);
    await gateway.idle();
    for (const each of gateway.servers) each.answerAtOnce = true;
    for (const { status } of await hundred()) assert.equal(status, 200);
  });

  it("never shows that it refuses connections: all of 100 are served, and then none is sent to it", async () => {
    const [dead, ...alive] = gateway.servers;
    await dead?.stop();
    for (const { status } of await hundred()) assert.equal(status, 200);
    await eventually("its ejection", async () =>
      (await endpoints()).some(({ state }) => state === "ejected") ? true : undefined,
    );
    const before = await gateway.metric("envoy_cluster_upstream_cx_connect_fail", "qwen", "/metrics/envoy");
    assert.ok(before > 0, "connections to it were tried");
    for (const { status } of await hundred()) assert.equal(status, 200);
    const after = await gateway.metric("envoy_cluster_upstream_cx_connect_fail", "qwen", "/metrics/envoy");
    assert.equal(after - before, 0, "no connection to it was tried");
    for (const server of alive) assert.ok(server.received.length > 10, `${server.received.length} on one of four`);
    await gateway.idle();
  });

  it("takes it back when it answers again", async () => {
    const port = (await endpoints()).find(({ state }) => state === "ejected")?.address.split(":")[1];
    const back = await StubServer.start({ ...stub, port: Number(port) });
    await gateway.serversReady(5);
    await eventually("a request at it", async () => {
      await gateway.completion("qwen");
      return back.received.length > 0 ? true : undefined;
    });
    await gateway.idle();
    await back.stop();
  });
});

describe("servers of other kinds", () => {
  let gateway: TestGateway;
  const others: StubServer[] = [];

  before(async () => {
    for (const metrics of ["none", "foreign"] as const) {
      others.push(await StubServer.start({ metrics, answerAtOnce: false }));
    }
    // A free port would not do: another process may take it, and answer.
    const nobody = 1;
    const ports = [...others.map(({ port }) => port), nobody];
    gateway = await TestGateway.start({
      servers: 0,
      annotations: { "antechamber.dev/max-concurrency": "3" },
      args: ["--access-log", "off"],
      files: () => ({ "pods.yaml": podsYaml(ports, pods) }),
    });
    await gateway.serversReady(2);
  });
  after(async () => {
    await Promise.all(others.map((server) => server.stop()));
    await gateway.stop();
  });

  it("without vLLM's metrics get as many as the pool allows each; one that never answered gets none", async () => {
    const answers = Array.from({ length: 20 }, () => gateway.completion("qwen"));
    await eventually("three on each", () => (others.every(({ running }) => running === 3) ? true : undefined));
    await gateway.waitingIs(14);
    for (const server of others) {
      server.answerAtOnce = true;
      server.answerAll();
    }
    for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
    for (const server of others) assert.ok(server.peak <= 3, `${server.peak} ran at once`);
    assert.equal(await gateway.metric("envoy_cluster_upstream_cx_connect_fail", "qwen", "/metrics/envoy"), 0);
    const states = await gateway.ante.api<readonly EndpointState[]>("/api/v1/endpoints");
    assert.deepEqual(states.map(({ state, kind }) => `${state} ${kind}`).sort(), [
      "ready unknown",
      "ready unknown",
      "unread unknown",
    ]);
    await gateway.idle();
  });
});

/** Settles when the answer ends; rejects when it breaks. */
function streamed(port: number, pieces: string[]): Promise<void> {
  return new Promise((done, fail) => {
    const headers = { "content-type": "application/json" };
    const outgoing = httpRequest(
      { host: "127.0.0.1", port, path: "/v1/completions", method: "POST", headers, agent: false },
      (answer) => {
        answer.setEncoding("utf8").on("data", (piece: string) => pieces.push(piece));
        answer.on("end", done).on("error", fail);
      },
    );
    outgoing.on("error", fail);
    outgoing.end('{"model":"qwen","prompt":"x","stream":true}');
  });
}
