/** What users delete and apply: each object takes its effect with it, and brings it back. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, suite, test } from "node:test";
import { makeCertificate, tlsSecret } from "../helpers/certificates.ts";
import { apply, kubectl, makeNamespace, noCluster } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";
import { systemNamespace, useAntechamber } from "../helpers/kube-antechamber.ts";
import * as kube from "../helpers/kube-gateway.ts";
import { handshake, httpsGet } from "../helpers/tls-client.ts";

const gateway = "default/inference-gateway";

suite("objects that come and go", { skip: noCluster }, () => {
  useAntechamber();
  before(async () => {
    await Promise.all([kube.modelServers({ count: 1 }), kube.applyScenario()]);
    await answers(await kube.programmed(), 200);
  });
  after(kube.removeScenario);

  for (const [kind, name, status] of [
    ["httproute", "llm-route", 404],
    ["inferencepools.inference.networking.x-k8s.io", "qwen-pool", 500],
  ] as const)
    test(`${name} is not served when it is deleted, and is when it is applied again`, async () => {
      const host = await kube.programmed();
      await kubectl(["delete", kind, name]);
      await answers(host, status);
      await kube.applyScenario();
      await answers(host, 200);
    });

  test("a Gateway's proxies go with it, and are back when it is applied again", async () => {
    await kubectl(["delete", "gateway", "inference-gateway"]);
    await hasNothing(gateway);
    await kube.applyScenario();
    await answers(await kube.programmed(), 200);
  });

  test("a GatewayClass's proxies go with it, and are back when it is applied again", async () => {
    await kubectl(["delete", "gatewayclass", "inference-gateway"]);
    await hasNothing(gateway);
    await kube.applyScenario();
    await eventually("the address", () => kube.addressOf());
    await answers(await kube.programmed(), 200);
  });

  test("Gateways of one class in two namespaces have proxies of their own", async (t) => {
    const namespace = await makeNamespace(t, "other");
    await apply(redirecting("{name: http, protocol: HTTP, port: 8081}"), namespace);
    const [host, other] = await Promise.all([kube.programmed(), kube.programmed(`${namespace}/plain`)]);
    assert.notEqual(host, other);
    await eventually("a redirect", async () => (await kube.get(other, "/")).status === 302 || undefined);
    assert.equal((await kube.ask(host, "qwen")).status, 200);
    await kubectl(["delete", "gateway", "plain", "-n", namespace]);
    await hasNothing(`${namespace}/plain`);
    assert.equal((await kube.ask(host, "qwen")).status, 200);
  });

  test("a listener has the certificate that is in its Secret, and the one that is put in its place", async (t) => {
    const namespace = await makeNamespace(t, "tls");
    const putCertificate = async (): Promise<string> => {
      const made = await makeCertificate({ names: ["a.example.com"] });
      await apply(JSON.stringify(tlsSecret("a", made, namespace)), namespace);
      return new X509Certificate(made.certificate).fingerprint256;
    };
    const first = await putCertificate();
    const tls = "tls: {mode: Terminate, certificateRefs: [{kind: Secret, name: a}]}";
    await apply(redirecting(`{name: https, protocol: HTTPS, port: 8443, ${tls}}`), namespace);
    const asked = { address: await kube.programmed(`${namespace}/plain`), port: 8443, sni: "a.example.com" };
    await eventually("a redirect", async () => (await httpsGet(asked)).status === 302 || undefined);
    assert.equal((await handshake(asked)).fingerprint, first);
    const second = await putCertificate();
    await eventually("the other certificate", async () => (await handshake(asked)).fingerprint === second || undefined);
  });
});

/** A Gateway that serves without a backend. */
function redirecting(listener: string): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: plain}
spec: {gatewayClassName: inference-gateway, listeners: [${listener}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: elsewhere}
spec:
  parentRefs: [{name: plain}]
  rules: [{filters: [{type: RequestRedirect, requestRedirect: {hostname: elsewhere.example.com}}]}]
`;
}

async function answers(host: string, status: number): Promise<void> {
  const answered = async (): Promise<true | undefined> => {
    const answer = await kube.ask(host, "qwen");
    if (answer.status !== status) throw new Error(`${answer.status} ${answer.body}`);
    return true;
  };
  await eventually(`the answer ${status}`, answered, { timeoutMs: 10_000, everyMs: 100 });
}

async function hasNothing(of: string): Promise<void> {
  const kinds = "deployments,services,configmaps,serviceaccounts,secrets";
  const nothing = async (): Promise<true | undefined> => {
    const left = await kubectl(["get", kinds, "-n", systemNamespace, "-l", kube.selectorOf(of), "-o", "name"]);
    if (left !== "") throw new Error(left);
    return true;
  };
  await eventually(`nothing left of ${of}`, nothing, { timeoutMs: 30_000, everyMs: 200 });
}
