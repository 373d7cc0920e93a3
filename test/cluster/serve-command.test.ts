/** `ante serve` as it is started by hand, beside the cluster: what it would do, and why it does not start. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, type TestContext, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { ante } from "../feature/sim/ante.ts";
import { apply, installCrds, kubeconfig, kubectl, makeNamespace, noCluster } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";
import { removeAntechamber } from "../helpers/kube-antechamber.ts";
import * as kube from "../helpers/kube-gateway.ts";

interface Document {
  readonly kind: string;
  readonly apiVersion?: string;
  readonly metadata?: { readonly name: string };
}

const crds = new URL("../../manifests/crds/", import.meta.url).pathname;
const here = ["--advertise-address=10.88.0.1", "--xds-host=10.88.0.1"];

suite("ante serve by hand", { skip: noCluster }, () => {
  before(async () => {
    await installCrds("gateway");
    await kubectl(["apply", "--server-side", "--force-conflicts", "-k", crds]);
    await removeAntechamber();
  });
  after(removeAntechamber);

  suite("--dry-run", () => {
    test("prints each object as the API server takes it, and writes nothing", async (t) => {
      const namespace = await makeNamespace(t, "dry");
      await kube.applyScenario();
      t.after(kube.removeScenario);
      const before = await written(namespace);
      const run = ante(t, "serve", "--dry-run", "--kubeconfig", kubeconfig, "--namespace", namespace);
      assert.equal(await run.ended, 0, run.stderr());
      assert.equal(run.stderr(), "");
      const documents = parseAllDocuments(run.stdout());
      assert.deepEqual(
        documents.flatMap((document) => ("errors" in document ? document.errors : [])),
        [],
      );
      const objects = [...documents].map((document) => document.toJS() as Document);
      const ofKind = (wanted: string): number => objects.filter(({ kind }) => kind === wanted).length;
      for (const kind of ["Deployment", "Service", "ConfigMap", "ServiceAccount", "Lease"])
        assert.equal(ofKind(kind), 1, kind);
      assert.equal(ofKind("Secret"), 3);
      for (const kind of ["GatewayClass", "Gateway", "HTTPRoute", "InferencePool", "BackendTrafficPolicy"])
        assert.equal(ofKind(kind), 1, kind);
      assert.deepEqual(await written(namespace), before);
      const applied = objects.filter(({ metadata }) => metadata !== undefined).map((object) => JSON.stringify(object));
      await kubectl(["apply", "--dry-run=server", "--validate=strict", "-f", "-"], applied.join("\n---\n"));
    });

    test("names the first kind that it may not read", async (t) => {
      const run = ante(t, "serve", "--dry-run", "--kubeconfig", await ofNobody(t));
      assert.equal(await run.ended, 69);
      assert.match(run.stderr(), /^ante: Cannot list \S+: .* is forbidden: User "[^"]+nobody" cannot list .*\n$/);
    });

    test("says that the API server does not answer", async (t) => {
      const run = ante(t, "serve", "--dry-run", "--kubeconfig", changed(t, ":16443", ":16449"));
      assert.equal(await run.ended, 69);
      assert.match(run.stderr(), /^ante: Cannot list \S+: connect ECONNREFUSED 10\.88\.0\.1:16449\n$/);
    });
  });

  suite("beside Envoy Gateway", () => {
    before(liveEnvoyGateway);

    test("refuses to start, and says what to do", async (t) => {
      const run = ante(t, "serve", "--kubeconfig", kubeconfig, ...here);
      assert.equal(await run.ended, 69);
      assert.match(run.stderr(), /Envoy Gateway \(gateway-0\) holds the Lease \S+ .*--controller-name.*--take-over/);
    });

    for (const flag of ["--take-over", "--controller-name=example.com/own"])
      test(`starts with ${flag}`, async (t) => {
        const run = ante(t, "serve", "--kubeconfig", kubeconfig, ...here, flag);
        await eventually("that it owns", () => /it serves proxies, picks/.test(run.stderr()) || undefined, {
          timeoutMs: 30_000,
        });
      });
  });

  suite("refuses a start that its user must mend", () => {
    test("a kubeconfig that is not there", (t) =>
      refuses(t, ["--kubeconfig=/nowhere"], /Cannot read kubeconfig \/nowhere: ENOENT.*--kubeconfig/));

    test("a context that is not there", (t) =>
      refuses(t, [`--kubeconfig=${kubeconfig}`, "--context=nope"], /Cannot use context "nope": .*--context/));

    test("a credential that the API server does not know", (t) =>
      refuses(t, [`--kubeconfig=${changed(t, "test-cluster-administrator", "wrong")}`], /401 Unauthorized/));

    test("an account without rights", async (t) =>
      refuses(
        t,
        [`--kubeconfig=${await ofNobody(t)}`],
        /is forbidden: User "[^"]+nobody" cannot get resource "leases"/,
      ));
  });

  test("waits for an API server that does not answer, and says so once", async (t) => {
    const run = ante(t, "serve", "--kubeconfig", changed(t, ":16443", ":16449"), ...here);
    await eventually("the warning", () => /connect ECONNREFUSED \S+; it is asked/.test(run.stderr()) || undefined);
    run.process.kill("SIGTERM");
    assert.equal(await run.ended, 0);
    assert.equal(run.stderr().match(/ECONNREFUSED/g)?.length, 1);
  });
});

/** One line says why, and the exit code that it is none of its faults. */
async function refuses(t: TestContext, flags: readonly string[], why: RegExp): Promise<void> {
  const run = ante(t, "serve", ...here, ...flags);
  assert.equal(await run.ended, 69);
  const errors = run
    .stderr()
    .split("\n")
    .filter((line) => /error/.test(line));
  assert.equal(errors.length, 1, run.stderr());
  assert.match(errors[0] ?? "", why);
}

/** Names and versions of what a run may have written. */
async function written(namespace: string): Promise<string> {
  const list = "{range .items[*]}{.kind}/{.metadata.name}@{.metadata.resourceVersion} {end}";
  const get = ["-o", `jsonpath=${list}`];
  const infrastructure = "deployments,services,serviceaccounts,secrets,leases,events";
  return (
    (await kubectl(["get", "gatewayclasses,gateways,httproutes", "-A", ...get])) +
    (await kubectl(["get", infrastructure, "-n", namespace, ...get]))
  );
}

async function liveEnvoyGateway(): Promise<void> {
  const now = new Date().toISOString().replace("Z", "000Z");
  await kubectl(["apply", "-f", "-"], "{apiVersion: v1, kind: Namespace, metadata: {name: envoy-gateway-system}}");
  await apply(
    `apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: 5b9825d2.gateway.envoyproxy.io}
spec: {holderIdentity: gateway-0, leaseDurationSeconds: 600, acquireTime: ${now}, renewTime: ${now}}
`,
    "envoy-gateway-system",
  );
}

/** The administrator's kubeconfig with one word changed. */
function changed(t: TestContext, from: string, to: string): string {
  const dir = mkdtempSync(join(tmpdir(), "ante-kubeconfig-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const text = readFileSync(kubeconfig, "utf8");
  assert.ok(text.includes(from));
  writeFileSync(join(dir, "config"), text.replaceAll(from, to));
  return join(dir, "config");
}

/** Of an account that may do nothing. */
async function ofNobody(t: TestContext): Promise<string> {
  const namespace = await makeNamespace(t, "nobody");
  await kubectl(["create", "serviceaccount", "nobody", "-n", namespace]);
  const token = (await kubectl(["create", "token", "nobody", "-n", namespace])).trim();
  return changed(t, "test-cluster-administrator", token);
}
