/** Certificates that come, go, are renewed and are wrong, on a running gateway. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { Ante } from "../helpers/ante.ts";
import { makeCertificate, type TestCertificate, tlsSecret } from "../helpers/certificates.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Echo, startEcho } from "../helpers/http.ts";
import { gatewayClass, httpRoute, type Manifest, service, toService, yaml } from "../helpers/manifests.ts";
import { freePort } from "../helpers/ports.ts";
import { envoyOf } from "../helpers/proxies.ts";
import { conditionsOf, hasConditions } from "../helpers/statuses.ts";
import { handshake, httpsGet, TlsHttp2Client } from "../helpers/tls-client.ts";
import { Traffic } from "../helpers/traffic.ts";

function fingerprintOf({ certificate }: TestCertificate): string {
  return new X509Certificate(certificate).fingerprint256;
}

const names = ["good", "trial", "shared"] as const;

describe("a certificate", () => {
  let ante: Ante;
  let web: Echo;
  let port: number;
  let good: TestCertificate;

  before(async () => {
    web = await startEcho("web");
    port = await freePort();
    good = await makeCertificate({ names: ["good.test"] });
    const listeners = names.map((name) => ({
      name,
      port,
      protocol: "HTTPS",
      hostname: `${name}.test`,
      tls: { certificateRefs: [{ name, ...(name === "shared" && { namespace: "certs" }) }] },
    }));
    ante = await Ante.start({
      files: {
        "gateway.yaml": yaml(gatewayClass(), {
          apiVersion: "gateway.networking.k8s.io/v1",
          kind: "Gateway",
          metadata: { name: "gw" },
          spec: { gatewayClassName: "ante", listeners },
        }),
        "good.yaml": yaml(tlsSecret("good", good)),
        "shared.yaml": yaml(tlsSecret("shared", await makeCertificate({ names: ["shared.test"] }), "certs")),
        "routes.yaml": yaml(
          httpRoute("web", { parent: "gw" }, [{ backendRefs: [toService("web")] }]),
          ...service("web", [web.port]),
        ),
      },
    });
  });
  after(async () => {
    await ante?.stop();
    await web.stop();
  });

  const on = (listener: string) => ({ kind: "Gateway", name: "gw", listener });
  const shows = (name: string, fingerprint?: string): Promise<unknown> =>
    eventually(`the certificate of ${name}.test`, async () => {
      const shown = await handshake({ port, sni: `${name}.test` });
      return fingerprint === undefined || shown.fingerprint === fingerprint ? shown : undefined;
    });
  const showsNothing = (name: string): Promise<unknown> =>
    eventually(`no certificate for ${name}.test`, () =>
      handshake({ port, sni: `${name}.test` }).then(
        () => undefined,
        () => true,
      ),
    );
  const goodServes = async (): Promise<void> => {
    assert.equal((await httpsGet({ port, sni: "good.test" })).status, 200);
    await hasConditions(ante, on("good"), "Programmed=True Programmed", "ResolvedRefs=True ResolvedRefs");
  };

  it("that is renewed is shown at once, and no request, connection or listener notices", async () => {
    const { admin } = await envoyOf(ante);
    const stat = async (name: string): Promise<number> => {
      const { body } = await admin.get(`/stats?filter=${name}$`);
      return Number(/: (\d+)/.exec(body)?.[1] ?? Number.NaN);
    };
    const listenerStats = [
      ...["listener_manager.listener_modified", "listener_manager.listener_in_place_updated"],
      ...["listener_manager.total_listeners_draining", "listener_manager.total_filter_chains_draining"],
      ...["listener_manager.lds.update_attempt", `http.https-${port}.downstream_cx_drain_close`],
    ];
    const statsBefore = await Promise.all(listenerStats.map(stat));
    assert.ok(statsBefore.every(Number.isInteger));
    const kept = new TlsHttp2Client({ port, sni: "good.test" });
    assert.equal((await kept.get("good.test")).status, 200);
    const lasting = new Traffic({ port, path: "/", sni: "good.test", headers: { host: "good.test" }, clients: 2 });
    const brief = new Traffic({
      ...{ port, path: "/", sni: "good.test", headers: { host: "good.test" } },
      clients: 2,
      connectAlways: true,
    });
    for (let round = 0; round < 5; round++) {
      const algorithm = round % 2 === 0 ? "p256" : "rsa2048";
      const renewed = await makeCertificate({ names: ["good.test"], algorithm });
      ante.write("good.yaml", yaml(tlsSecret("good", renewed)));
      await shows("good", fingerprintOf(renewed));
      good = renewed;
    }
    await Promise.all([lasting.stop(), brief.stop()]);
    assert.equal((await kept.get("good.test")).status, 200);
    kept.close();
    assert.deepEqual([...lasting.failures, ...brief.failures], []);
    assert.ok(lasting.answered > 50 && brief.answered > 20, `${lasting.answered} and ${brief.answered} were answered`);
    assert.deepEqual(await Promise.all(listenerStats.map(stat)), statsBefore);
  });

  const wrong: readonly (readonly [what: string, secret: () => Promise<Manifest>])[] = [
    ["of another type", async () => ({ ...tlsSecret("trial", good), type: "Opaque" })],
    ["without a key", async () => withData({ "tls.key": undefined })],
    ["that is no PEM", async () => withData({ "tls.crt": "bm90aGluZw==" })],
    [
      "with another's key",
      async () => withData(tlsSecret("x", await makeCertificate({ names: ["x.test"] })).data, true),
    ],
    [
      "with a weak key",
      async () => tlsSecret("trial", await makeCertificate({ names: ["t.test"], algorithm: "rsa1024" })),
    ],
    [
      "that Envoy cannot show",
      async () => tlsSecret("trial", await makeCertificate({ names: ["t.test"], algorithm: "ed25519" })),
    ],
  ];

  function withData(data: Readonly<Record<string, string | undefined>>, keyOnly = false): Manifest {
    const secret = tlsSecret("trial", good);
    const changed = keyOnly ? { "tls.key": data["tls.key"] } : data;
    return {
      ...secret,
      data: Object.fromEntries(Object.entries({ ...secret.data, ...changed }).filter(([, one]) => one !== undefined)),
    };
  }

  it("that does not exist keeps its listener from being served, and no other", async () => {
    await hasConditions(ante, on("trial"), "ResolvedRefs=False InvalidCertificateRef", "Programmed=False Invalid");
    await showsNothing("trial");
    await goodServes();
  });

  it("that comes brings its listener up", async () => {
    ante.write("trial.yaml", yaml(tlsSecret("trial", await makeCertificate({ names: ["trial.test"] }))));
    await shows("trial");
    await hasConditions(ante, on("trial"), "ResolvedRefs=True ResolvedRefs", "Programmed=True Programmed");
    assert.equal((await httpsGet({ port, sni: "trial.test" })).status, 200);
  });

  for (const [what, secret] of wrong) {
    it(`${what} takes its listener down and no other, until it is right again`, async () => {
      ante.write("trial.yaml", yaml(await secret()));
      await hasConditions(ante, on("trial"), "ResolvedRefs=False InvalidCertificateRef", "Programmed=False Invalid");
      await showsNothing("trial");
      await goodServes();
      ante.write("trial.yaml", yaml(tlsSecret("trial", await makeCertificate({ names: ["trial.test"] }))));
      await shows("trial");
      await hasConditions(ante, on("trial"), "ResolvedRefs=True ResolvedRefs");
    });
  }

  it("that has expired is shown and warned of once, until it is renewed", async () => {
    const expired = await makeCertificate({ names: ["trial.test"], from: -10, until: -1 });
    ante.write("trial.yaml", yaml(tlsSecret("trial", expired)));
    await shows("trial", fingerprintOf(expired));
    const warning = "Warning=True CertificateExpired";
    await hasConditions(ante, on("trial"), warning, "ResolvedRefs=True ResolvedRefs", "Programmed=True Programmed");
    await goodServes();
    ante.write("trial.yaml", yaml(tlsSecret("trial", await makeCertificate({ names: ["trial.test"] }))));
    await eventually("no warning", async () => !(await conditionsOf(ante, on("trial"))).includes(warning) || undefined);
    assert.equal(ante.lines.filter(({ reason }) => reason === "CertificateExpired").length, 1);
  });

  it("of another namespace is shown while a ReferenceGrant allows it, and not after", async () => {
    const grant = (kind: string, name?: string): Manifest => ({
      apiVersion: "gateway.networking.k8s.io/v1beta1",
      kind: "ReferenceGrant",
      metadata: { name: "grant", namespace: "certs" },
      spec: {
        from: [{ group: "gateway.networking.k8s.io", kind, namespace: "default" }],
        to: [{ group: "", kind: "Secret", ...(name !== undefined && { name }) }],
      },
    });
    await hasConditions(ante, on("shared"), "ResolvedRefs=False RefNotPermitted", "Programmed=False Invalid");
    await showsNothing("shared");
    ante.write("grant.yaml", yaml(grant("Gateway")));
    await shows("shared");
    await hasConditions(ante, on("shared"), "ResolvedRefs=True ResolvedRefs", "Programmed=True Programmed");
    for (const useless of [grant("HTTPRoute"), grant("Gateway", "another")]) {
      ante.write("grant.yaml", yaml(useless));
      await hasConditions(ante, on("shared"), "ResolvedRefs=False RefNotPermitted");
      await showsNothing("shared");
      ante.write("grant.yaml", yaml(grant("Gateway", "shared")));
      await shows("shared");
    }
    ante.remove("grant.yaml");
    await hasConditions(ante, on("shared"), "ResolvedRefs=False RefNotPermitted");
    await showsNothing("shared");
    await goodServes();
  });

  it("was never refused by Envoy", async () => {
    assert.deepEqual(
      ante.lines.filter(({ msg }) => msg === "proxy refused resources"),
      [],
    );
    assert.ok((await conditionsOf(ante, on("good"))).length > 0);
  });
});
