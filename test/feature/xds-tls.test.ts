/** The xDS server and the picker over mutual TLS: who is let in, as whom, and that certificates change in between. */
import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { type ClientDuplexStream, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { Registry } from "prom-client";
import { AccessLogServiceClient } from "../../src/gen/envoy/service/accesslog/v3/als.ts";
import { AggregatedDiscoveryServiceClient } from "../../src/gen/envoy/service/discovery/v3/ads.ts";
import type {
  DeltaDiscoveryRequest,
  DeltaDiscoveryResponse,
} from "../../src/gen/envoy/service/discovery/v3/discovery.ts";
import { ExternalProcessorClient } from "../../src/gen/envoy/service/ext_proc/v3/external_processor.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLog } from "../../src/observe/log.ts";
import { createPicker, type Picker } from "../../src/picker/picker.ts";
import { createScrapeClient } from "../../src/pool/scrape-client.ts";
import { type Issued, issue } from "../../src/trust/issue.ts";
import { XdsServer } from "../../src/xds/server.ts";
import { eventually } from "../helpers/eventually.ts";
import { serverName, TrustedWorld } from "../helpers/trusted-world.ts";
import { subscribe } from "../helpers/wire-client.ts";

type Stream = ClientDuplexStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse>;

let world: TrustedWorld;
let proxy: Issued;
let registry: Registry;
let server: XdsServer;
let port = 0;
const closing: (() => void)[] = [];

before(async () => {
  world = await TrustedWorld.create();
  proxy = await world.proxy("default/gw");
});
beforeEach(async () => {
  registry = new Registry();
  server = new XdsServer({ clock: systemClock, log: silentLog, registry });
  port = await server.listen({ kind: "tls", host: "127.0.0.1", port: 0, certificates: world.server });
});
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await server.stop();
});

function credentialsOf(client: Issued | undefined) {
  return client === undefined
    ? credentials.createSsl(Buffer.from(world.authorities))
    : credentials.createSsl(
        Buffer.from(world.authorities),
        Buffer.from(client.privateKey.reveal()),
        Buffer.from(client.certificate),
      );
}

/** Of a proxy of `gateway`, as it says. */
function open(client: Issued | undefined, gateway = "default/gw", minorNumber = 40) {
  const made = new AggregatedDiscoveryServiceClient(`localhost:${port}`, credentialsOf(client));
  const stream: Stream = made.deltaAggregatedResources();
  closing.push(() => made.close());
  const ended = new Promise<ServiceError>((done) => stream.on("error", done));
  stream.on("data", () => {});
  const version = { $case: "userAgentBuildVersion", value: { version: { majorNumber: 1, minorNumber } } } as const;
  const node = { id: "pod-1", cluster: gateway, userAgentVersionType: version };
  stream.write({ ...subscribe("cluster"), node });
  return { stream, ended };
}

const connected = (count: number): Promise<true> =>
  eventually(`${count} proxies`, () => (server.proxies.get().length === count ? true : undefined));

/** The serial number of the certificate that is shown at a handshake. */
function shown(): Promise<string> {
  return new Promise((done, fail) => {
    const { privateKey, certificate: cert } = proxy;
    const options = { host: "127.0.0.1", port, servername: serverName, ALPNProtocols: ["h2"] };
    const socket: TLSSocket = connect({ ...options, ca: world.authorities, cert, key: privateKey.reveal() }, () => {
      done(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on("error", fail);
  });
}

describe("the xDS server over TLS", () => {
  it("lets in a proxy with a certificate of its Gateway", async () => {
    open(proxy);
    await connected(1);
    assert.equal(server.proxies.get()[0]?.gateway, "default/gw");
  });

  it("shuts out whoever has none, or one of another authority", async () => {
    const stranger = await (await TrustedWorld.create()).proxy("default/gw");
    for (const client of [undefined, stranger]) {
      const { code } = await open(client).ended;
      assert.equal(code, status.UNAVAILABLE);
    }
    assert.deepEqual(server.proxies.get(), []);
  });

  it("speaks no TLS older than 1.3", async () => {
    const { privateKey, certificate: cert } = proxy;
    const options = { host: "127.0.0.1", port, ca: world.authorities, cert, key: privateKey.reveal() };
    const error = await new Promise((done) => {
      connect({ ...options, maxVersion: "TLSv1.2" }, () => done(undefined)).on("error", done);
    });
    assert.match(String(error), /protocol version/);
  });

  it("refuses a proxy that asks for another Gateway's configuration, says why, and counts it", async () => {
    const { code, details } = await open(proxy, "default/other").ended;
    assert.equal(code, status.PERMISSION_DENIED);
    assert.match(details, /"default\/other": its certificate is of Gateway "default\/gw"/);
    assert.deepEqual(server.proxies.get(), []);
    assert.deepEqual(server.rejections.get(), []);
    const text = await registry.metrics();
    assert.match(text, /antechamber_xds_rejected_streams_total\{reason="identity"\} 1/);
  });

  it("holds an old proxy against its own Gateway, and against no other that it names", async () => {
    await open(proxy, "default/other", 39).ended;
    assert.deepEqual(server.rejections.get(), []);
    const { details } = await open(proxy, "default/gw", 39).ended;
    assert.deepEqual(
      server.rejections.get().map(({ gateway, problem }) => [gateway, problem]),
      [["default/gw", details.replace(/^.*?(?=Cannot)/, "")]],
    );
  });

  it("refuses a certificate of its own authority that is no proxy's", async () => {
    const validity = { nowMs: Date.now(), lifetimeMs: 60_000 };
    for (const identity of ["spiffe://antechamber/other/default/gw", "spiffe://antechamber/gateway/default"]) {
      const other = await issue(world.authority, { kind: "client", identity }, validity);
      assert.equal((await open(other).ended).code, status.PERMISSION_DENIED);
    }
  });

  it("shows a renewed certificate at once, and ends no stream for it", async () => {
    const { stream, ended } = open(proxy);
    await connected(1);
    const before = await shown();
    await world.rotate();
    assert.notEqual(await shown(), before);
    const newer = await world.proxy("default/gw");
    open(newer);
    await connected(2);
    const first = await Promise.race([ended, Promise.resolve("alive")]);
    assert.equal(first, "alive");
    stream.cancel();
    await connected(1);
  });

  it("drops connections as long as it has no certificate", async () => {
    const saved = world.server.get();
    world.server.set(undefined);
    await assert.rejects(shown());
    world.server.set(saved);
    await shown();
  });

  it("sends proxies away with their connections when another replica serves, and takes them back", async () => {
    const { ended } = open(proxy);
    await connected(1);
    server.setServing(false);
    assert.equal((await ended).code, status.UNAVAILABLE);
    assert.deepEqual(server.proxies.get(), []);
    assert.equal((await open(proxy).ended).code, status.UNAVAILABLE);
    server.setServing(true);
    open(proxy);
    await connected(1);
  });
});

describe("the picker over TLS", () => {
  let picker: Picker;
  let at = "";

  beforeEach(async () => {
    picker = createPicker({
      clock: systemClock,
      log: silentLog,
      random: Math.random,
      scrapeClient: createScrapeClient(),
      registry: new Registry(),
      accessLogFlushMs: 1_000,
    });
    const own = { kind: "tls", host: "127.0.0.1", port: 0, certificates: world.server } as const;
    at = `localhost:${await picker.listen(own)}`;
  });
  afterEach(() => picker.stop());

  it("takes calls of proxies only", async () => {
    const identity = "spiffe://antechamber/other/default/gw";
    const other = await issue(world.authority, { kind: "client", identity }, { nowMs: Date.now(), lifetimeMs: 60_000 });
    for (const [client, expected] of [
      [undefined, status.UNAVAILABLE],
      [other, status.PERMISSION_DENIED],
    ] as const) {
      const processor = new ExternalProcessorClient(at, credentialsOf(client));
      const call = processor.process();
      const code = await new Promise((done) => call.on("error", (error: ServiceError) => done(error.code)));
      assert.equal(code, expected);
      const log = new AccessLogServiceClient(at, credentialsOf(client));
      const logCode = await new Promise((done) => log.streamAccessLogs((error) => done(error?.code)));
      assert.equal(logCode, expected);
      processor.close();
      log.close();
    }
  });

  it("takes the access log of a proxy", async () => {
    const log = new AccessLogServiceClient(at, credentialsOf(await world.proxy("default/gw")));
    const answered = new Promise((done) => {
      log.streamAccessLogs((error) => done(error)).end();
    });
    assert.equal(await answered, null);
    log.close();
  });
});
