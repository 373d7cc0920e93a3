/** Model servers behind TLS: who is taken for one, and that nobody else is sent anything. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { EndpointState } from "../../src/picker/messages.ts";
import { makeAuthority, makeCertificate, type TestAuthority } from "../helpers/certificates.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Answer, TestGateway } from "../helpers/gateway.ts";
import { parent, poolV1, toPoolV1 } from "../helpers/inference-manifests.ts";
import { httpRoute, type Manifest, yaml } from "../helpers/manifests.ts";
import { conditionsOf } from "../helpers/statuses.ts";
import { TlsModelServer } from "../helpers/tls-model-server.ts";

const name = "model.test";
const tls = { "server-tls": "true" };
const byOne = { ...tls, "server-tls-ca": "configmap/one" };

interface PoolCase {
  readonly server: TlsModelServer;
  readonly annotations: Readonly<Record<string, string>>;
  /** Metrics are on a port of their own, so that the picker takes whatever serves for a model server. */
  readonly metrics?: TlsModelServer;
  readonly spec?: Manifest;
}

function manifests(pool: string, { server, annotations, metrics, spec = {} }: PoolCase): readonly Manifest[] {
  const apart = metrics === undefined ? {} : { "metrics-port": String(metrics.port), "metrics-scheme": "http" };
  const own = Object.entries({ ...annotations, ...apart }).map(([knob, value]) => [`antechamber.dev/${knob}`, value]);
  const made = poolV1(pool, { selector: { app: pool }, annotations: Object.fromEntries(own) });
  const ports = { targetPorts: [{ number: server.port }] };
  return [
    { ...made, spec: { ...(made["spec"] as Manifest), ...ports, ...spec } },
    { apiVersion: "v1", kind: "Pod", metadata: { name: pool, labels: { app: pool } }, status: { podIP: "127.0.0.1" } },
    httpRoute(pool, { parent, hostnames: [`${pool}.test`] }, [{ backendRefs: [toPoolV1(pool)] }]),
  ];
}

function authorities(map: string, ...of: readonly TestAuthority[]): Manifest {
  const text = of.map(({ certificate }) => certificate).join("");
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: map }, data: { "ca.crt": text } };
}

describe("a pool whose model servers speak TLS", () => {
  const servers: TlsModelServer[] = [];
  let one: TestAuthority;
  let two: TestAuthority;
  let good: TlsModelServer;
  let strange: TlsModelServer;
  let unread: TlsModelServer;
  let plain: TlsModelServer;
  let expired: TlsModelServer;
  let rotating: TlsModelServer;
  let h2: TlsModelServer;
  let gateway: TestGateway;
  const folder = mkdtempSync(join(tmpdir(), "authorities-"));

  const start = async (...how: Parameters<typeof TlsModelServer.start>): Promise<TlsModelServer> => {
    const server = await TlsModelServer.start(...how);
    servers.push(server);
    return server;
  };
  const ask = (pool: string): Promise<Answer> => gateway.completion("m", {}, { headers: { host: `${pool}.test` } });

  before(async () => {
    one = await makeAuthority("one");
    two = await makeAuthority("two");
    const certificate = await makeCertificate({ names: [name], addresses: ["127.0.0.1"], authority: one });
    good = await start(certificate);
    rotating = await start(await makeCertificate({ names: [name], authority: one }));
    strange = await start(await makeCertificate({ names: [name], authority: two }));
    unread = await start(await makeCertificate({ names: [name], authority: two }));
    expired = await start(await makeCertificate({ names: [name], authority: one, from: -9, until: -1 }));
    plain = await start(certificate, "plain");
    h2 = await start(certificate, "h2");
    const metrics = await start(certificate, "plain");
    const named = { ...byOne, "server-tls-hostname": name };
    const pools: Readonly<Record<string, PoolCase>> = {
      named: { server: good, annotations: named },
      address: { server: good, annotations: { ...byOne, "server-tls-hostname": "127.0.0.1" } },
      nameless: { server: good, annotations: byOne },
      h2: { server: h2, annotations: named, metrics, spec: { appProtocol: "kubernetes.io/h2c" } },
      skipping: { server: strange, annotations: { ...tls, "server-tls-insecure-skip-verify": "true" } },
      rotating: {
        server: rotating,
        annotations: { ...tls, "server-tls-ca": "configmap/rotating", "server-tls-hostname": name },
      },
      "wrong-authority": { server: strange, annotations: named, metrics },
      "wrong-name": { server: good, annotations: { ...byOne, "server-tls-hostname": "other.test" }, metrics },
      "wrong-address": { server: good, annotations: { ...byOne, "server-tls-hostname": "127.0.0.2" }, metrics },
      expired: { server: expired, annotations: named, metrics },
      plain: { server: plain, annotations: named, metrics },
      system: { server: good, annotations: { ...tls, "server-tls-hostname": name }, metrics },
      "system-strange": { server: strange, annotations: { ...tls, "server-tls-hostname": name }, metrics },
      unread: { server: unread, annotations: { ...byOne, "queue-ttl": "500ms" } },
      missing: { server: good, annotations: { ...tls, "server-tls-ca": "configmap/later" } },
      unclear: { server: plain, annotations: { "server-tls": "sure" } },
    };
    const system = join(folder, "system.crt");
    writeFileSync(system, one.certificate);
    process.env["SSL_CERT_FILE"] = system;
    gateway = await TestGateway.start({
      servers: 1,
      files: () => ({
        "pools.yaml": yaml(...Object.entries(pools).flatMap(([pool, of]) => manifests(pool, of))),
        "authorities.yaml": yaml(authorities("one", one)),
        "rotating.yaml": yaml(authorities("rotating", one)),
      }),
    });
    await gateway.serversReady(7);
  });
  after(async () => {
    await gateway?.stop();
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true });
  });

  for (const [pool, asked] of [
    ["named", name],
    ["address", "false"],
    ["nameless", "false"],
    ["system", name],
  ] as const) {
    it(`is served by the one that is vouched for: ${pool}`, async () => {
      good.completions.length = 0;
      const { status, body } = await ask(pool);
      assert.equal(status, 200, body);
      assert.deepEqual(good.completions, [`1.1 ${asked}`]);
    });
  }

  it("reads the metrics there over TLS too", () => assert.ok(good.scrapes > 0));

  it("speaks HTTP/2 over TLS where appProtocol says so", async () => {
    const { status, body } = await ask("h2");
    assert.equal(status, 200, body);
    assert.deepEqual(h2.completions, [`2.0 ${name}`]);
  });

  it("takes anybody where it is told to", async () => {
    const { status, body } = await ask("skipping");
    assert.equal(status, 200, body);
    strange.completions.length = 0;
  });

  for (const [pool, failure] of [
    ["wrong-authority", "ssl_fail_verify_error"],
    ["wrong-name", "ssl_fail_verify_san"],
    ["wrong-address", "ssl_fail_verify_san"],
    ["expired", "ssl_fail_verify_error"],
    ["plain", "ssl_connection_error"],
    ["system-strange", "ssl_fail_verify_error"],
  ] as const) {
    it(`sends nothing to a server that is not who it should be: ${pool}`, async () => {
      good.completions.length = 0;
      const { status, body } = await ask(pool);
      assert.equal(status, 503);
      assert.equal(typeof JSON.parse(body).error.message, "string");
      for (const server of [good, strange, expired, plain]) assert.deepEqual(server.completions, []);
      const label = `envoy_cluster_name="pool/v1/default/${pool}"`;
      assert.ok((await gateway.metric(`envoy_cluster_${failure}`, label, "/metrics/envoy")) > 0, failure);
    });
  }

  for (const [pool, reason] of [
    ["missing", /ConfigMap default\/later does not exist/],
    ["unclear", /antechamber\.dev\/server-tls: "sure" is not true or false/],
  ] as const) {
    it(`refuses its share, and says why, where it cannot know who it should be: ${pool}`, async () => {
      const { status, body } = await ask(pool);
      assert.equal(status, 500);
      assert.match(body, reason);
      assert.deepEqual(plain.completions, []);
      const conditions = await conditionsOf(gateway.ante, { kind: "InferencePool", name: pool });
      assert.ok(conditions.includes("ResolvedRefs=False InvalidCACertificateRef"), conditions.join());
      assert.equal((await gateway.completion("qwen")).status, 200);
    });
  }

  it("lets requests wait no longer than they may for a server whose metrics nobody vouches for", async () => {
    const { status, body } = await ask("unread");
    const endpoints = await gateway.ante.api<readonly EndpointState[]>("/api/v1/endpoints");
    const { state, lastError } = endpoints.find(({ pools }) => pools.includes("v1/default/unread")) ?? {};
    assert.equal(status, 503);
    assert.equal(JSON.parse(body).error.code, "queue_timeout");
    assert.equal(state, "unread");
    assert.match(String(lastError), /verify the first certificate/);
    assert.deepEqual(unread.completions, []);
  });

  it("serves as soon as the authorities are there", async () => {
    gateway.ante.write("later.yaml", yaml(authorities("later", one)));
    await eventually("the pool to serve", async () => ((await ask("missing")).status === 200 ? true : undefined));
  });

  it("changes its authorities under load without a failed request", async () => {
    const renewed = await makeCertificate({ names: [name], authority: two });
    const statuses = new Map<number, number>();
    let stopped = false;
    const client = async (): Promise<void> => {
      while (!stopped) {
        const { status } = await ask("rotating");
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        await new Promise((wake) => setTimeout(wake, 5));
      }
    };
    const clients = [client(), client(), client(), client()];
    /** Envoy swaps a cluster for its changed self once that is warm. */
    const rebuilt = (): Promise<number> =>
      gateway.metric("envoy_cluster_manager_cluster_modified", "", "/metrics/envoy");
    const settled = async (of: readonly TestAuthority[]): Promise<void> => {
      const before = await rebuilt();
      gateway.ante.write("rotating.yaml", yaml(authorities("rotating", ...of)));
      await eventually("Envoy's new cluster", async () => ((await rebuilt()) > before ? true : undefined));
    };
    await settled([one, two]);
    rotating.show(renewed);
    await settled([two]);
    const before = statuses.get(200) ?? 0;
    await eventually("requests by the new authority alone", () =>
      (statuses.get(200) ?? 0) > before + 50 ? true : undefined,
    );
    stopped = true;
    await Promise.all(clients);
    assert.deepEqual([...statuses.keys()], [200]);
  });
});
