/** Certificates that live for seconds, and their authority, too: proxies and we know each other all the time. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, suite, test } from "node:test";
import { credentials } from "@grpc/grpc-js";
import { AggregatedDiscoveryServiceClient } from "../../src/gen/envoy/service/discovery/v3/ads.ts";
import { kubectl, noCluster } from "../helpers/cluster.ts";
import { killProcess } from "../helpers/control-plane.ts";
import { eventually } from "../helpers/eventually.ts";
import { HeldGateway } from "../helpers/held-gateway.ts";
import { adminApi, owner, systemNamespace, useAntechamber } from "../helpers/kube-antechamber.ts";
import * as kube from "../helpers/kube-gateway.ts";
import { subscribe } from "../helpers/wire-client.ts";

const lives = ["--certificate-life=24", "--authority-life=36", "--trust-overlap=6"];
const gateway = "default/inference-gateway";

suite("certificates that are rotated", { skip: noCluster }, () => {
  let held: HeldGateway;
  useAntechamber({ args: lives });
  before(async () => {
    held = await HeldGateway.start();
  });
  after(() => held.stop());

  test("a proxy's certificate leads to the configuration of its own Gateway alone", async () => {
    const answered = await subscribeAs(gateway);
    assert.equal(answered.kind, "answer");
    const refused = await subscribeAs("default/other");
    assert.equal(refused.kind, "error");
    assert.match(refused.text, /"default\/other": its certificate is of Gateway "default\/inference-gateway"/);
  });

  test("no request fails, none that waits is lost, and who connects anew is believed", async (t) => {
    const plain = held.plainTraffic(t);
    await held.hold();
    await held.wait(["travel-helper", "qwen"]);
    const authority = await certificateIn("antechamber-ca");
    const first = await proxyCertificate();
    assert.ok(first.checkIssued(authority) && first.verify(authority.publicKey));
    await eventually(
      "certificates of another authority",
      async () => {
        const [next, server, proxy] = await Promise.all([
          certificateIn("antechamber-ca"),
          certificateIn("antechamber"),
          proxyCertificate(),
        ]);
        const isSigned = (each: X509Certificate): boolean => each.verify(next.publicKey);
        return (next.fingerprint256 !== authority.fingerprint256 && isSigned(server) && isSigned(proxy)) || undefined;
      },
      { timeoutMs: 90_000, everyMs: 500 },
    );
    await eventually("the end of the first certificate", () => first.validToDate < new Date() || undefined, {
      timeoutMs: 60_000,
      everyMs: 200,
    });
    const replica = await owner();
    killProcess(replica);
    await eventually(
      "the proxy's return",
      async () => {
        const proxies = await adminApi<readonly { readonly connected: boolean }[]>("/api/v1/proxies", replica);
        return proxies.some(({ connected }) => connected) || undefined;
      },
      { timeoutMs: 60_000, everyMs: 200 },
    );
    await held.waitingIs(await owner(), 2);
    assert.deepEqual((await held.finish()).flat().toSorted(), ["qwen", "travel-helper-v1"]);
    await plain.stop();
    assert.deepEqual(plain.failures, []);
  });
});

/** With the certificate of the scenario's proxies: whether the xDS server answers to somebody who says to be of `of`. */
async function subscribeAs(of: string): Promise<{ readonly kind: "answer" | "error"; readonly text: string }> {
  const [{ data }] = (
    JSON.parse(
      await kubectl(["get", "secret", "-n", systemNamespace, "-l", kube.selectorOf(gateway), "-o", "json"]),
    ) as { readonly items: readonly [{ readonly data: Readonly<Record<string, string>> }] }
  ).items;
  const [ca = null, key = null, chain = null] = ["ca.crt", "tls.key", "tls.crt"].map((name) =>
    Buffer.from(data[name] ?? "", "base64"),
  );
  const options = { "grpc.ssl_target_name_override": `antechamber.${systemNamespace}.svc` };
  const address = `${(await owner()).ip}:18000`;
  const client = new AggregatedDiscoveryServiceClient(address, credentials.createSsl(ca, key, chain), options);
  const stream = client.deltaAggregatedResources();
  try {
    return await new Promise((done) => {
      stream.on("data", () => done({ kind: "answer", text: "" }));
      stream.on("error", ({ message }) => done({ kind: "error", text: message }));
      const version = { version: { majorNumber: 1, minorNumber: 40 } };
      const userAgentVersionType = { $case: "userAgentBuildVersion", value: version } as const;
      stream.write({ ...subscribe("cluster"), node: { id: "stranger", cluster: of, userAgentVersionType } });
    });
  } finally {
    stream.cancel();
    client.close();
  }
}

async function certificateIn(secret: string): Promise<X509Certificate> {
  return read(["secret", secret, "-o", "jsonpath={.data.tls\\.crt}"]);
}

function proxyCertificate(): Promise<X509Certificate> {
  return read(["secret", "-l", kube.selectorOf(gateway), "-o", "jsonpath={.items[0].data.tls\\.crt}"]);
}

async function read(what: readonly string[]): Promise<X509Certificate> {
  return new X509Certificate(Buffer.from(await kubectl(["get", "-n", systemNamespace, ...what]), "base64"));
}
