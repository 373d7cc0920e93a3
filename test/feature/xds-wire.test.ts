/** The xDS server over real gRPC, with a client that speaks as Envoy does. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { Registry } from "prom-client";
import { AggregatedDiscoveryServiceClient } from "../../src/gen/envoy/service/discovery/v3/ads.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLog } from "../../src/observe/log.ts";
import type { ProxyState, ProxyVerdict } from "../../src/xds/proxy-state.ts";
import { XdsServer } from "../../src/xds/server.ts";
import type { Snapshot } from "../../src/xds/snapshot.ts";
import { eventually } from "../helpers/eventually.ts";
import { makeSnapshot } from "../helpers/make-snapshot.ts";
import { subscribe, WireClient } from "../helpers/wire-client.ts";
import { XdsClient } from "../helpers/xds-client.ts";

const content = { cluster: { a: "1", b: "1" }, listener: { l: { needs: ["r"] } }, route: { r: { needs: ["a", "b"] } } };
const start = makeSnapshot(1, content);
const needs = new Map([
  ["cluster/a", ["a"]],
  ["cluster/b", ["b"]],
  ["listener/l", ["r"]],
  ["route/r", ["a", "b"]],
]);
const node = { id: "envoy-1", cluster: "default/gw" };

let folder: string;
let socket: string;
let server: XdsServer;
let registry: Registry;
let verdicts: ProxyVerdict[];
let clients: WireClient[];

function newServer(): XdsServer {
  registry = new Registry();
  const made = new XdsServer({ clock: systemClock, log: silentLog, registry, gateLimitMs: 500, removalGraceMs: 50 });
  made.onVerdict((verdict) => verdicts.push(verdict));
  return made;
}

function newClient(id = node.id, model?: XdsClient): WireClient {
  const client = new WireClient(socket, { needs, ...(model === undefined ? {} : { model }) });
  clients.push(client);
  client.open({ ...node, id });
  return client;
}

async function accepted(sequence: number, proxies = 1): Promise<readonly ProxyState[]> {
  return eventually(`${proxies} proxies at ${sequence}`, () => {
    const states = server.proxies.get();
    return states.length === proxies && states.every(({ ackedSequence }) => ackedSequence === sequence)
      ? states
      : undefined;
  });
}

function next(before: Snapshot, change: Parameters<typeof makeSnapshot>[1]): Snapshot {
  return makeSnapshot(before.sequence + 1, { ...content, ...change }, before);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ante-xds-"));
  socket = join(folder, "x.sock");
  verdicts = [];
  clients = [];
  server = newServer();
  await server.listen(socket);
});

afterEach(async () => {
  for (const client of clients) client.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("XdsServer over gRPC", () => {
  it("brings a proxy to the snapshot, type by type, and says so", async () => {
    server.publish(start);
    const client = newClient();
    const [state] = await accepted(1);
    assert.deepEqual(client.told, ["cluster +a +b", "endpoint +a +b", "listener +l", "route +r"]);
    assert.equal(state?.node, "envoy-1");
    assert.deepEqual(
      Object.values(state?.types ?? {}).map(({ state, resources }) => [state, resources]),
      [
        ["SYNCED", 2],
        ["SYNCED", 2],
        ["SYNCED", 0],
        ["SYNCED", 1],
        ["SYNCED", 1],
      ],
    );
    assert.deepEqual(
      verdicts.map(({ sequence, outcome }) => [sequence, outcome.kind]),
      [[1, "accepted"]],
    );
  });

  it("tells how long a change took to be effective, and counts", async () => {
    server.publish(start);
    newClient();
    await accepted(1);
    server.publish(next(start, { endpoint: { a: "2" } }));
    await accepted(2);
    const outcome = verdicts.at(-1)?.outcome;
    assert.ok(outcome?.kind === "accepted" && outcome.effectiveMs !== undefined && outcome.effectiveMs < 5_000);
    const text = await registry.metrics();
    assert.match(text, /antechamber_xds_proxies\{gateway="default\/gw"\} 1/);
    assert.match(text, /antechamber_xds_acks_total\{type="endpoint"\} 2/);
    assert.match(text, /antechamber_xds_effective_seconds_count 1/);
  });

  it("serves each Gateway's proxies its own snapshot, and those of an unknown Gateway nothing until it is known", async () => {
    server.publish(start);
    const early = newClient();
    await accepted(1);
    const other = new WireClient(socket, { needs });
    clients.push(other);
    other.open({ id: "other", cluster: "default/other" });
    await eventually("the other proxy", () => server.proxies.get().length === 2 || undefined);
    server.publish(next(start, { endpoint: { b: "2" } }));
    await eventually("the update", () => early.told.at(-1) === "endpoint +b" || undefined);
    assert.deepEqual(other.told, []);
    assert.equal(server.proxies.get().find(({ node }) => node === "other")?.types.cluster.state, "NOT_SENT");
    server.publish({ ...start, gateway: "default/other" });
    await eventually("its snapshot", () => other.told.length === 4 || undefined);
  });

  it("serves two proxies of one Gateway, each at its own pace", async () => {
    server.publish(start);
    newClient("one");
    newClient("two");
    await accepted(1, 2);
    server.publish(next(start, { cluster: { a: "2", b: "1" } }));
    await accepted(2, 2);
  });

  it("sends a proxy that reconnects nothing but differences", async () => {
    server.publish(start);
    const first = newClient();
    await accepted(1);
    first.close();
    await eventually("its end", () => server.proxies.get().length === 0 || undefined);
    const changed = next(start, { endpoint: { a: "2" } });
    server.publish(changed);
    const again = newClient("envoy-1", first.model);
    await accepted(2);
    assert.deepEqual(again.told, ["endpoint +a"]);
  });

  it("after its own restart sends a proxy nothing but differences, removals included", async () => {
    server.publish(start);
    const first = newClient();
    await accepted(1);
    await server.stop();
    assert.equal(await first.ended, undefined, "the stream ends in good order");
    server = newServer();
    await server.listen(socket);
    server.publish(makeSnapshot(1, { ...content, cluster: { a: "1" }, route: { r: { needs: ["a"] } } }));
    const again = newClient("envoy-1", first.model);
    await eventually("the removal", () => again.told.includes("cluster -b") || undefined);
    assert.deepEqual(again.told.slice(0, 2), ["route +r", "cluster -b"]);
  });

  it("says which resource a proxy refused, with its words, and the rest goes on", async () => {
    const refuses = new XdsClient({ refuses: (_, { name }) => (name === "b" ? "b is bad" : undefined) });
    server.publish(makeSnapshot(1, { ...content, route: { r: { needs: ["a"] } } }));
    newClient("envoy-1", refuses);
    const refused = await eventually("the refusal", () => verdicts.find(({ outcome }) => outcome.kind === "refused"));
    assert.deepEqual(refused.outcome, {
      kind: "refused",
      type: "cluster",
      resource: "b",
      origins: [],
      text: "b is bad",
    });
    const state = await eventually("the rest", () => {
      const [proxy] = server.proxies.get();
      return proxy?.types.route.state === "SYNCED" ? proxy : undefined;
    });
    assert.equal(state.types.cluster.state, "NACKED");
    assert.equal(state.types.cluster.lastError, "b is bad");
    assert.equal(state.ackedSequence, undefined);
  });

  it("keeps a removed cluster while a request names it", async () => {
    server.publish(start);
    const client = newClient();
    await accepted(1);
    server.setClustersInUse(new Set(["b"]));
    server.publish(next(start, { cluster: { a: "1" }, route: { r: { needs: ["a"] } } }));
    await accepted(2);
    await new Promise((wake) => setTimeout(wake, 150));
    assert.ok(client.model.held.cluster.has("b"));
    server.setClustersInUse(new Set());
    await eventually("the removal", () => !client.model.held.cluster.has("b") || undefined);
  });

  it("lets a reader of verdicts publish", async () => {
    const stop = server.onVerdict(({ sequence }) => {
      if (sequence < 20) server.publish(makeSnapshot(sequence + 1, content));
    });
    server.publish(start);
    newClient();
    await accepted(20);
    stop();
    assert.deepEqual(
      verdicts.map(({ sequence }) => sequence),
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  });

  it("does not publish a snapshot that names what it lacks", async () => {
    server.publish(start);
    newClient();
    await accepted(1);
    server.publish(makeSnapshot(2, { ...content, route: { r: { needs: ["ghost"] } } }));
    assert.equal(server.proxies.get()[0]?.wantedSequence, 1);
  });

  it("sends the proxies of a withdrawn Gateway away", async () => {
    server.publish(start);
    const client = newClient();
    await accepted(1);
    server.withdraw("default/gw");
    assert.equal(await client.ended, undefined);
    await eventually("no proxy", () => server.proxies.get().length === 0 || undefined);
  });

  it("takes a first request of a proxy that holds very many clusters", async () => {
    server.publish(makeSnapshot(1, {}));
    const client = new WireClient(socket, { needs });
    clients.push(client);
    const names = Array.from({ length: 60_000 }, (_, i) => [
      `service/some-namespace/some-service-with-a-name-${i}/8080`,
      "0123456789abcdef",
    ]);
    client.send({ ...subscribe("cluster"), node, initialResourceVersions: Object.fromEntries(names) });
    const many = names.length;
    await eventually("all of them", () => server.proxies.get()[0]?.types.cluster.resources === many || undefined);
  });
});

describe("XdsServer and clients that it cannot serve", () => {
  it("refuses an Envoy older than 1.40, with a reason", async () => {
    const client = new WireClient(socket, { needs });
    clients.push(client);
    const version = { majorNumber: 1, minorNumber: 39, patch: 2 };
    client.open({ ...node, userAgentVersionType: { $case: "userAgentBuildVersion", value: { version } } });
    const error = await client.ended;
    assert.match(
      error?.details ?? "",
      /Cannot configure proxy "envoy-1": it is Envoy 1\.39\.2, and 1\.40 or newer is needed/,
    );
    assert.deepEqual(
      server.rejections.get().map(({ node, gateway }) => [node, gateway]),
      [["envoy-1", "default/gw"]],
    );
    assert.deepEqual(server.proxies.get(), []);
  });

  it("refuses a proxy that names no Gateway", async () => {
    const client = new WireClient(socket, { needs });
    clients.push(client);
    client.open({ id: "x", cluster: "" });
    assert.match((await client.ended)?.details ?? "", /its node must have an id/);
  });

  it("refuses the state-of-the-world protocol, with a reason", async () => {
    const client = new Client(`unix:${socket}`, credentials.createInsecure());
    const path = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
    const call = client.makeBidiStreamRequest(
      path,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
    );
    const error = await new Promise<ServiceError>((done) => call.on("error", done).resume());
    client.close();
    assert.match(error.details, /set api_type DELTA_GRPC/);
  });

  it("survives messages that are no protobuf, and bytes that are no HTTP/2", async () => {
    const client = new Client(`unix:${socket}`, credentials.createInsecure());
    const path = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
    const call = client.makeBidiStreamRequest(
      path,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
    );
    const failed = new Promise<ServiceError>((done) => call.on("error", done).resume());
    call.write(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff]));
    assert.ok((await failed).code > 0);
    client.close();
    const raw = connect(socket);
    raw.on("error", () => {}).resume();
    const closed = new Promise((done) => raw.on("close", done));
    raw.write("GET / HTTP/1.1\r\n\r\n\0\0\0garbage");
    await closed;
    server.publish(start);
    newClient();
    await accepted(1);
  });

  it("ignores types that it does not serve", async () => {
    server.publish(start);
    const client = newClient();
    client.send({ typeUrl: "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret" });
    await accepted(1);
  });
});

describe("XdsServer and its socket", () => {
  it("replaces the file that a killed process left behind", async () => {
    const path = join(folder, "stale.sock");
    writeFileSync(path, "");
    const second = new XdsServer({ clock: systemClock, log: silentLog, registry: new Registry() });
    await second.listen(path);
    await second.stop();
  });

  it("does not take the socket of a process that lives", async () => {
    const path = join(folder, "taken.sock");
    const owner = createServer().listen(path);
    await new Promise((done) => owner.once("listening", done));
    const second = new XdsServer({ clock: systemClock, log: silentLog, registry: new Registry() });
    await assert.rejects(second.listen(path), /another process listens there/);
    owner.close();
    await second.stop();
  });
});

describe("XdsServer and a proxy that gives up many streams", () => {
  it("keeps the connection, where Node alone would end it", async () => {
    const client = new AggregatedDiscoveryServiceClient(`unix:${socket}`, credentials.createInsecure());
    const keeps = client.deltaAggregatedResources();
    const ended = new Promise((done) => keeps.on("error", done).on("end", done).resume());
    keeps.write({ ...subscribe("cluster"), node });
    server.publish({ ...makeSnapshot(1, {}), gateway: "default/other" });
    await eventually("the stream", () => server.proxies.get().length === 1 || undefined);
    for (let i = 0; i < 3_000; i++) {
      const call = client.deltaAggregatedResources();
      const answered = new Promise((done) => call.on("error", done).once("data", done));
      call.write({ ...subscribe("cluster"), node: { id: "other", cluster: "default/other" } });
      await answered;
      call.cancel();
    }
    server.publish(start);
    await eventually("the snapshot", () =>
      server.proxies.get().some((proxy) => proxy.node === node.id && proxy.types.cluster.state === "STALE")
        ? true
        : undefined,
    );
    keeps.cancel();
    client.close();
    await ended;
  });
});
