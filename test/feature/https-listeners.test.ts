/** HTTPS listeners on a real Envoy: which certificate is shown for which host, and which listener's routes serve it. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { Ante } from "../helpers/ante.ts";
import { makeCertificate, type TestCertificate, tlsSecret } from "../helpers/certificates.ts";
import { type Echo, startEcho } from "../helpers/http.ts";
import { gatewayClass, httpRoute, type Manifest, pathMatch, service, toService, yaml } from "../helpers/manifests.ts";
import { freePort } from "../helpers/ports.ts";
import { conditionsOf } from "../helpers/statuses.ts";
import { handshake, httpsGet, TlsHttp2Client } from "../helpers/tls-client.ts";

/** Names of the Secrets, and the DNS names of their certificates. */
const secrets = {
  any: ["any.test"],
  "any-rsa": ["any.test"],
  second: ["second-example.org"],
  wild: ["*.wildcard.org"],
  fourth: ["fourth-example.wildcard.org"],
  strict: ["strict.test"],
} as const;

function listener(name: string, port: number, certificates: readonly (keyof typeof secrets)[], more: Manifest = {}) {
  const { hostname, options } = more as { readonly hostname?: string; readonly options?: Manifest };
  const certificateRefs = certificates.map((one) => ({ name: one }));
  return {
    name,
    port,
    protocol: "HTTPS",
    ...(hostname !== undefined && { hostname }),
    tls: { certificateRefs, ...(options && { options }) },
  };
}

/** To the server, on one listener; each has a path of its own, so that an answer says whose route it was. */
function onListener(name: string, path: string, hostnames: readonly string[] = []): Manifest {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: `on-${name}` },
    spec: {
      parentRefs: [{ name: "gw", sectionName: name }],
      hostnames,
      rules: [{ matches: [pathMatch("PathPrefix", path)], backendRefs: [toService("web")] }],
    },
  };
}

describe("an HTTPS listener", () => {
  let ante: Ante;
  let web: Echo;
  let port: number;
  let strictPort: number;
  const certificates = new Map<string, TestCertificate>();

  before(async () => {
    web = await startEcho("web");
    [port, strictPort] = [await freePort(), await freePort()];
    for (const [name, names] of Object.entries(secrets)) {
      const algorithm = name === "any-rsa" ? "rsa2048" : "p256";
      certificates.set(name, await makeCertificate({ names, algorithm }));
    }
    const listeners = [
      listener("any", port, ["any", "any-rsa"]),
      listener("second", port, ["second"], { hostname: "second-example.org" }),
      listener("wild", port, ["wild"], { hostname: "*.wildcard.org" }),
      listener("fourth", port, ["fourth"], { hostname: "fourth-example.wildcard.org" }),
      listener("strict", strictPort, ["strict"], {
        hostname: "strict.test",
        options: { "antechamber.dev/tls-min-version": "1.3", "antechamber.dev/tls-alpn-protocols": "http/1.1" },
      }),
      listener("old", strictPort, ["any-rsa"], {
        hostname: "old.test",
        options: {
          "antechamber.dev/tls-max-version": "1.2",
          "antechamber.dev/tls-cipher-suites": "ECDHE-RSA-AES256-GCM-SHA384",
        },
      }),
    ];
    ante = await Ante.start({
      files: {
        "gateway.yaml": yaml(gatewayClass(), {
          apiVersion: "gateway.networking.k8s.io/v1",
          kind: "Gateway",
          metadata: { name: "gw" },
          spec: { gatewayClassName: "ante", listeners },
        }),
        "secrets.yaml": yaml(...[...certificates].map(([name, certificate]) => tlsSecret(name, certificate))),
        "routes.yaml": yaml(
          onListener("any", "/any", ["example.org"]),
          onListener("second", "/second"),
          onListener("wild", "/wild"),
          onListener("fourth", "/fourth"),
          httpRoute("everywhere", { parent: "gw" }, [
            { matches: [pathMatch("PathPrefix", "/everywhere")], backendRefs: [toService("web")] },
          ]),
          ...service("web", [web.port]),
        ),
      },
    });
  });
  after(async () => {
    await ante?.stop();
    await web.stop();
  });

  const shownFor = async (sni: string | undefined): Promise<readonly string[]> =>
    (await handshake({ port, ...(sni !== undefined && { sni }) })).names;

  it("shows the certificate of the listener that is closest to the client's host", async () => {
    assert.deepEqual(await shownFor("second-example.org"), ["second-example.org"]);
    assert.deepEqual(await shownFor("third-example.wildcard.org"), ["*.wildcard.org"]);
    assert.deepEqual(await shownFor("several.labels.wildcard.org"), ["*.wildcard.org"]);
    assert.deepEqual(await shownFor("fourth-example.wildcard.org"), ["fourth-example.wildcard.org"]);
    assert.deepEqual(await shownFor("wildcard.org"), ["any.test"]);
    assert.deepEqual(await shownFor("unknown.test"), ["any.test"]);
    assert.deepEqual(await shownFor(undefined), ["any.test"]);
  });

  it("shows of several certificates the one that the client can check", async () => {
    const rsa = await handshake({
      port,
      sni: "any.test",
      maxVersion: "TLSv1.2",
      ciphers: "ECDHE-RSA-AES128-GCM-SHA256",
    });
    const ecdsa = await handshake({
      port,
      sni: "any.test",
      maxVersion: "TLSv1.2",
      ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256",
    });
    assert.notEqual(rsa.fingerprint, ecdsa.fingerprint);
  });

  it("speaks HTTP/2 with those that can, HTTP/1.1 with others", async () => {
    assert.equal((await handshake({ port, sni: "any.test", alpn: ["h2", "http/1.1"] })).alpn, "h2");
    assert.equal((await handshake({ port, sni: "any.test", alpn: ["http/1.1"] })).alpn, "http/1.1");
    const { status } = await httpsGet({ port, sni: "any.test", path: "/everywhere" });
    assert.equal(status, 200);
  });

  it("takes versions, suites and protocols from its options, each listener of a port its own", async () => {
    const strict = { port: strictPort, sni: "strict.test" };
    assert.equal((await handshake(strict)).version, "TLSv1.3");
    await assert.rejects(handshake({ ...strict, maxVersion: "TLSv1.2" }));
    assert.equal((await handshake({ ...strict, alpn: ["h2", "http/1.1"] })).alpn, "http/1.1");
    const old = { port: strictPort, sni: "old.test" };
    assert.deepEqual((({ version, cipher }) => [version, cipher])(await handshake(old)), [
      "TLSv1.2",
      "ECDHE-RSA-AES256-GCM-SHA384",
    ]);
    await assert.rejects(handshake({ ...old, minVersion: "TLSv1.3" }));
    await assert.rejects(handshake({ ...old, maxVersion: "TLSv1.2", ciphers: "ECDHE-RSA-AES128-GCM-SHA256" }));
    await assert.rejects(handshake({ port, sni: "any.test", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }));
  });

  it("cuts off a host that no listener of the port has, and clients without TLS", async () => {
    await assert.rejects(handshake({ port: strictPort, sni: "another.test" }));
    const plain = connect(port, "127.0.0.1");
    plain.write("GET / HTTP/1.1\r\nhost: any.test\r\n\r\n");
    const answered = await new Promise<string>((resolve) => {
      let text = "";
      plain.on("data", (chunk) => (text += chunk));
      plain.on("error", () => {});
      plain.on("close", () => resolve(text));
    });
    assert.equal(answered, "");
  });

  it("says which listeners overlap", async () => {
    const overlap = async (name: string) =>
      (await conditionsOf(ante, { kind: "Gateway", name: "gw", listener: name })).filter((one) =>
        one.startsWith("Over"),
      );
    assert.deepEqual(await overlap("fourth"), ["OverlappingTLSConfig=True OverlappingCertificates"]);
    assert.deepEqual(await overlap("second"), ["OverlappingTLSConfig=True OverlappingHostnames"]);
    assert.deepEqual(await overlap("strict"), []);
  });

  /** As in the Gateway API's own test of misdirected requests. */
  const misdirected: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    "example.org": {
      "example.org/any": 200,
      "second-example.org/second": 421,
      "unknown-example.org/any": 404,
      "unknown-example.org/everywhere": 200,
      "third-example.wildcard.org/wild": 421,
    },
    "second-example.org": {
      "second-example.org/second": 200,
      "second-example.org/any": 404,
      "example.org/any": 421,
      "unknown-example.org/second": 421,
      "third-example.wildcard.org/everywhere": 421,
    },
    "third-example.wildcard.org": {
      "third-example.wildcard.org/wild": 200,
      "fifth-example.wildcard.org/wild": 200,
      "fourth-example.wildcard.org/wild": 421,
      "fourth-example.wildcard.org:8443/fourth": 421,
      "second-example.org/wild": 421,
    },
    "fourth-example.wildcard.org": {
      "fourth-example.wildcard.org/fourth": 200,
      "fourth-example.wildcard.org/wild": 404,
      "third-example.wildcard.org/fourth": 421,
      "unknown-example.org/fourth": 421,
    },
  };
  for (const [sni, cases] of Object.entries(misdirected)) {
    it(`answers 421 on the connection for ${sni} to hosts of other listeners, and to no other`, async () => {
      const client = new TlsHttp2Client({ port, sni });
      const answers: Record<string, number> = {};
      for (const url of Object.keys(cases)) {
        const slash = url.indexOf("/");
        answers[url] = (await client.get(url.slice(0, slash), url.slice(slash))).status;
      }
      client.close();
      assert.deepEqual(answers, cases);
    });
  }

  it("answers 404 where no listener of the port has the host", async () => {
    const client = new TlsHttp2Client({ port: strictPort, sni: "old.test" });
    const [own, other, nobody] = [
      await client.get("old.test", "/everywhere"),
      await client.get("strict.test", "/everywhere"),
      await client.get("nobody.test", "/everywhere"),
    ];
    client.close();
    assert.deepEqual([own.status, other.status, nobody.status], [200, 421, 404]);
  });

  it("keeps its keys out of the log and the admin API", async () => {
    const pages = ["/api/v1/statuses", "/api/v1/proxies", "/metrics"];
    const shown = [ante.log(), ante.stdout.join("\n")];
    for (const page of pages) shown.push(await (await fetch(new URL(page, ante.admin))).text());
    for (const { key } of certificates.values()) {
      for (const line of key.split("\n").slice(1, -2)) {
        for (const text of shown) assert.ok(!text.includes(line.slice(0, 20)));
      }
    }
  });
});
