/** A proxy in a Pod: configured over mutual TLS, asks the picker that serves, and follows when another one does. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { GatewayIr } from "../../src/model/ir.ts";
import type { PoolTable } from "../../src/picker/messages.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Answer, httpGet, postJson } from "../helpers/http.ts";
import {
  backendOf,
  endpointsOf,
  forward,
  makeGateway,
  makeRoute,
  matchModel,
  poolCluster,
} from "../helpers/make-ir.ts";
import { makeModel, makePool, poolEndpoint, poolTable } from "../helpers/make-pool.ts";
import { PodRig } from "../helpers/pod-rig.ts";
import { freePort } from "../helpers/ports.ts";
import { TinyModelServer } from "../helpers/tiny-model-server.ts";

const cluster = poolCluster("qwen");
const handOverMs = 1_500;
let rig: PodRig;
let server: TinyModelServer;
let gateway: GatewayIr;
let port = 0;

beforeEach(async () => {
  rig = new PodRig();
  server = new TinyModelServer();
  await server.listen();
  port = await freePort();
  const pool = backendOf(cluster, 1, { bodyToPicker: true });
  const route = makeRoute("qwen", forward([pool], { timeoutMs: 86_400_000 }), {
    match: matchModel("exact", "qwen"),
    body: "needs",
  });
  gateway = makeGateway([{ host: "*", model: { servedModels: ["qwen"] }, routes: [route] }], [cluster], port);
  await rig.start(2, handOverMs);
  rig.setPools(table(100));
  await rig.startEnvoy(gateway.key);
  const sequence = publish(0);
  await rig.acked(0, sequence);
  await ready(0);
});
afterEach(async () => {
  await rig.stop();
  await server.stop();
});

const publish = (by: number, picker = by): number =>
  rig.publish(by, gateway, endpointsOf({ [cluster.key]: [server.port] }), picker);
const table = (places: number, programmed = true): PoolTable =>
  poolTable([
    makePool("qwen", { models: [makeModel("qwen", 0)], settings: { maxConcurrency: places } }),
    [poolEndpoint(server.port, { programmed })],
  ]);
const ask = (bytes = 10): Promise<Answer> =>
  postJson(port, "/v1/completions", { model: "qwen", prompt: "x".repeat(bytes) });
const ready = (replica: number): Promise<true> =>
  eventually("a ready server", () =>
    rig.replica(replica).picker.state().endpoints[0]?.state === "ready" ? true : undefined,
  );
const waiting = (replica: number, count: number): Promise<true> =>
  eventually(`${count} waiting at replica ${replica}`, () =>
    rig.replica(replica).picker.state().queues[0]?.waiting === count ? true : undefined,
  );
const statuses = async (answers: readonly Promise<Answer>[]): Promise<readonly number[]> =>
  (await Promise.all(answers)).map(({ status }) => status);

/** Nothing is taken from the first replica until the proxy knows the second one's picker. */
async function takeOver(): Promise<void> {
  rig.serveBy(1);
  const sequence = publish(1);
  rig.replica(0).xds.setServing(false);
  await rig.acked(1, sequence);
}

/** The one place is taken, and `count` wait at the first replica. The second one places nothing yet. */
async function fill(count: number): Promise<Promise<Answer>[]> {
  rig.setPools(table(1));
  rig.replica(1).picker.setPools(table(1, false));
  server.open = false;
  const answers = [ask()];
  await eventually("the first", () => (server.running === 1 ? true : undefined));
  for (let each = 0; each < count; each++) answers.push(ask());
  await waiting(0, count);
  return answers;
}

describe("a proxy in a Pod", () => {
  it("is configured over mutual TLS, says that it is ready, and asks the picker", async () => {
    assert.equal((await httpGet(rig.readyPort, "/ready")).status, 200);
    assert.equal((await httpGet(rig.readyPort, "/else")).status, 500);
    assert.equal((await ask()).status, 200);
    const warnings = rig.warnings.filter((line) => !line.includes("Deprecated field"));
    assert.deepEqual(warnings, []);
  });

  it("goes on with its stream when certificates change, and connects with the new ones", async () => {
    const [before] = rig.replica(0).xds.proxies.get();
    const old = rig.world.authorities;
    await rig.world.rotate();
    await rig.mount(gateway.key);
    assert.equal((await ask()).status, 200);
    await rig.acked(0, publish(0));
    assert.equal(rig.replica(0).xds.proxies.get()[0]?.stream, before?.stream);
    // The authority before it is believed no more: only a proxy that has read its new files gets in.
    rig.world.authorities = rig.world.authorities.slice(old.length);
    await rig.world.renewServer();
    await rig.mount(gateway.key);
    const { xds } = rig.replica(0);
    xds.setServing(false);
    xds.setServing(true);
    const stream = await rig.acked(0, publish(0));
    assert.notEqual(stream, before?.stream);
    assert.equal((await ask()).status, 200);
  });

  it("follows the xDS server and the picker of the replica that takes over, and loses nothing that waits", async () => {
    const answers = await fill(20);
    await takeOver();
    assert.equal(rig.replica(0).picker.state().queues[0]?.waiting, 20);
    rig.replica(0).picker.setServing(false);
    await waiting(1, 20);
    await waiting(0, 0);
    const { outcomes } = rig.replica(0).picker.state().queues[0] ?? {};
    assert.equal(outcomes?.["evicted-handed-over"], 20);
    server.open = true;
    server.release();
    rig.setPools(table(100));
    assert.deepEqual(
      await statuses(answers),
      Array.from(answers, () => 200),
    );
    assert.deepEqual(rig.replica(0).xds.proxies.get(), []);
  });

  it("loses no request of any size about what a proxy can repeat", async () => {
    const answers = await fill(0);
    const kibs = [56, 57, 58, 58.3, 60.5, 64, 68];
    for (const kib of kibs) answers.push(ask(kib * 1024));
    const headers = { "x-long": "y".repeat(5_000) };
    answers.push(postJson(port, "/v1/completions", { model: "qwen", prompt: "x".repeat(52 * 1024) }, headers));
    await waiting(0, 8);
    await takeOver();
    rig.replica(0).picker.setServing(false);
    await waiting(1, 5);
    await waiting(0, 3);
    server.open = true;
    server.release();
    rig.setPools(table(100));
    assert.deepEqual(
      await statuses(answers),
      Array.from(answers, () => 200),
    );
  });

  it("leaves with the old picker what it cannot repeat, which is placed as long as there is time, then 503", async () => {
    const answers = await fill(1);
    const large = [ask(200_000), ask(300_000)];
    await waiting(0, 3);
    await takeOver();
    rig.replica(0).picker.setServing(false);
    await waiting(1, 1);
    await waiting(0, 2);
    rig.replica(0).picker.setPools(table(2));
    await eventually("the first large one", () => (server.running === 2 ? true : undefined));
    const second = await Promise.race(large.map(async (answer) => answer.then(({ status }) => status)));
    assert.equal(second, 503);
    server.open = true;
    rig.setPools(table(100));
    server.release();
    const told = await Promise.all([...answers, ...large]);
    const refused = told.filter(({ status }) => status !== 200);
    assert.equal(refused.length, 1);
    assert.equal(refused[0]?.headers["retry-after"], "1");
  });

  it("asks another picker when its address changes, and no request fails under load", async () => {
    await ready(1);
    const counts = new Map<number, number>();
    let isDone = false;
    const load = Array.from({ length: 4 }, async () => {
      while (!isDone) {
        const { status } = await ask().catch(() => ({ status: 0 }));
        counts.set(status, (counts.get(status) ?? 0) + 1);
      }
    });
    for (const [to, from] of [
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
    ] as const) {
      rig.replica(to).picker.setServing(true);
      await rig.acked(0, publish(0, to));
      rig.replica(from).picker.setServing(false);
      const before = counts.get(200) ?? 0;
      await eventually("100 more", () => ((counts.get(200) ?? 0) >= before + 100 ? true : undefined));
    }
    isDone = true;
    await Promise.all(load);
    assert.deepEqual([...counts.keys()], [200]);
  });
});
