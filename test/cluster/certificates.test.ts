/** Certificates that live for seconds, and their authority, too: proxies and we know each other all the time. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, suite, test } from "node:test";
import { kubectl, noCluster } from "../helpers/cluster.ts";
import { killProcess } from "../helpers/control-plane.ts";
import { eventually } from "../helpers/eventually.ts";
import { HeldGateway } from "../helpers/held-gateway.ts";
import { adminApi, owner, systemNamespace, useAntechamber } from "../helpers/kube-antechamber.ts";
import * as kube from "../helpers/kube-gateway.ts";

const lives = ["--certificate-life=24", "--authority-life=36", "--trust-overlap=6"];
const gateway = "default/inference-gateway";

suite("certificates that are rotated", { skip: noCluster }, () => {
  let held: HeldGateway;
  useAntechamber({ args: lives });
  before(async () => {
    held = await HeldGateway.start();
  });
  after(() => held.stop());

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

async function certificateIn(secret: string): Promise<X509Certificate> {
  return read(["secret", secret, "-o", "jsonpath={.data.tls\\.crt}"]);
}

function proxyCertificate(): Promise<X509Certificate> {
  return read(["secret", "-l", kube.selectorOf(gateway), "-o", "jsonpath={.items[0].data.tls\\.crt}"]);
}

async function read(what: readonly string[]): Promise<X509Certificate> {
  return new X509Certificate(Buffer.from(await kubectl(["get", "-n", systemNamespace, ...what]), "base64"));
}
