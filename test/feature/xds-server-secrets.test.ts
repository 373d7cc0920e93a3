/** Server, builder and hold together on a real Envoy: a certificate that Envoy refuses beside good ones. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { Sealed } from "../../src/lib/sealed.ts";
import type { GatewayIr, HttpsPortIr, SecretIr } from "../../src/model/ir.ts";
import { Hold } from "../../src/xds/hold/hold.ts";
import { makeCertificate, type TestCertificate } from "../helpers/certificates.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Echo, startEcho } from "../helpers/http.ts";
import { backendOf, forward, makeGateway, makeOrigin, makeRoute, serviceCluster } from "../helpers/make-ir.ts";
import { freePort } from "../helpers/ports.ts";
import { handshake, httpsGet } from "../helpers/tls-client.ts";
import { Traffic } from "../helpers/traffic.ts";
import { wireHold } from "../helpers/wire-hold.ts";
import { XdsEnvoy } from "../helpers/xds-envoy.ts";

const web = serviceCluster("web");
/** The model would not let it through. */
const garbage: TestCertificate = { certificate: "nothing", key: "nothing" };
let echo: Echo;
let rig: XdsEnvoy;
let hold: Hold;
let port: number;
let want: (certificates: Readonly<Record<string, TestCertificate>>) => void;

function secretOf(name: string, { certificate, key }: TestCertificate): SecretIr {
  return {
    key: `secret/default/${name}`,
    origin: makeOrigin("Secret", name),
    digest: certificate,
    chain: certificate,
    privateKey: new Sealed(key),
    notBeforeMs: 0,
    notAfterMs: 0,
  };
}

/** A listener for each, of the same name, on one port. */
function gatewayOf(certificates: Readonly<Record<string, TestCertificate>>): GatewayIr {
  const secrets = Object.entries(certificates).map(([name, certificate]) => secretOf(name, certificate));
  const ports = Object.keys(certificates).map(
    (name): HttpsPortIr => ({
      protocol: "HTTPS",
      port,
      listeners: [name],
      virtualHosts: [{ host: `${name}.test`, routes: [makeRoute(name, forward([backendOf(web)]))] }],
      tls: {
        host: `${name}.test`,
        certificates: [`secret/default/${name}`],
        minVersion: "1.2",
        maxVersion: "1.3",
        cipherSuites: [],
        ecdhCurves: [],
        alpnProtocols: ["h2", "http/1.1"],
      },
    }),
  );
  return { ...makeGateway([], [web], port), ports, secrets: new Map(secrets.map((one) => [one.key, one])) };
}

function wire(): void {
  const wanted = wireHold(hold, rig.server, { [web.key]: [echo.port] });
  want = (certificates) => wanted(gatewayOf(certificates));
}

const serves = (name: string): Promise<unknown> =>
  eventually(`${name}.test served`, async () => {
    const { status } = await httpsGet({ port, sni: `${name}.test` });
    return status === 200 ? true : undefined;
  });

const showsName = (name: string, other: string): Promise<unknown> =>
  eventually(`the certificate with ${other}`, async () =>
    (await handshake({ port, sni: `${name}.test` })).names.includes(other) ? true : undefined,
  );

const culprits = (): string => [...hold.culprits.keys()].join();

describe("a certificate that Envoy refuses", () => {
  let a: TestCertificate;
  let b: TestCertificate;

  before(async () => {
    echo = await startEcho("one");
    [a, b] = [await makeCertificate({ names: ["a.test"] }), await makeCertificate({ names: ["b.test"] })];
  });
  after(() => echo.stop());
  beforeEach(async () => {
    rig = new XdsEnvoy();
    hold = new Hold();
    port = await freePort();
    await rig.startServer();
    wire();
    await rig.startEnvoy("envoy-1");
  });
  afterEach(() => rig.stop());

  it("stays as it was accepted, while another is renewed, and no request fails", async () => {
    want({ a, b });
    await serves("a");
    await serves("b");
    const shown = (await handshake({ port, sni: "b.test" })).fingerprint;
    const traffic = new Traffic({ port, path: "/", sni: "b.test", headers: { host: "b.test" }, connectAlways: true });
    const renewed = await makeCertificate({ names: ["a.test", "renewed.test"] });
    try {
      want({ a: renewed, b: garbage });
      await eventually("the culprit", () => culprits() === "Secret/default/b" || undefined);
      await showsName("a", "renewed.test");
      assert.equal((await handshake({ port, sni: "b.test" })).fingerprint, shown);
    } finally {
      await traffic.stop();
    }
    await traffic.stop();
    assert.deepEqual(traffic.failures, []);
    want({ a: renewed, b: await makeCertificate({ names: ["b.test", "mended.test"] }) });
    await showsName("b", "mended.test");
    assert.equal(culprits(), "");
  });

  it("takes its own listener along where it never was accepted, and the others of the port are served", async () => {
    want({ a, b: garbage });
    await eventually("the culprit", () => culprits() === "Secret/default/b" || undefined);
    await serves("a");
    await assert.rejects(handshake({ port, sni: "b.test" }));
    want({ a, b });
    await serves("b");
    await serves("a");
  });

  it("says nothing of its key", async () => {
    want({ a, b: { certificate: b.certificate, key: "canary" } });
    await eventually("the culprit", () => culprits() === "Secret/default/b" || undefined);
    assert.doesNotMatch(JSON.stringify([...hold.culprits, rig.verdicts, rig.server.proxies.get()]), /canary|Y2FuYXJ5/);
  });
});
