/** What manifests/ holds, as a real API server takes it; and our CRDs, which stand in for upstream's. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import { celRules } from "../../hack/manifests/cel-rules.ts";
import { crdName, crds } from "../../hack/manifests/crds.ts";
import { installCrds, kubectl, noCluster } from "../helpers/cluster.ts";
import { envoyProxy, policy, type Refused, refusedPolicies, refusedProxies } from "../helpers/refused-specs.ts";

const manifests = new URL("../../manifests/", import.meta.url).pathname;
const names = crds.map(({ kind }) => crdName(kind));

suite("manifests on an API server", { skip: noCluster }, () => {
  before(async () => {
    await installCrds("gateway");
    await removeProgram();
    // Upstream's may be there: fields that ours lack would stay.
    await kubectl(["delete", "crd", "--ignore-not-found", ...names]);
  });
  after(removeProgram);

  test("install.yaml is applied by the client", async () => {
    assert.match(
      await kubectl(["apply", "--validate=strict", "-f", `${manifests}install.yaml`]),
      /deployment\S* created/,
    );
    await kubectl(["wait", "--for=condition=Established", "--timeout=30s", "crd", ...names]);
  });

  test("install.yaml is applied by the server, and changes nothing more", async () => {
    await kubectl(["apply", "--server-side", "--force-conflicts", "-f", `${manifests}install.yaml`]);
    assert.equal(await kubectl(["diff", "-f", `${manifests}install.yaml`]), "");
  });

  for (const folder of ["base", "crds", "."])
    test(`the kustomization ${folder} is the same`, async () => {
      assert.equal(await kubectl(["diff", "-k", manifests + folder]), "");
    });

  for (const file of [...list("samples"), ...list("examples/scenario")])
    test(`${file} is accepted`, async () => {
      const applied = await kubectl(["apply", "--dry-run=server", "--validate=strict", "-f", manifests + file]);
      assert.match(applied, /created|configured/);
    });

  test("each rule of BackendTrafficPolicy holds, with its message", async () => {
    await refuses(refusedPolicies, policy);
  });

  test("each rule of EnvoyProxy holds, with its message", async () => {
    await refuses(refusedProxies, envoyProxy);
  });

  test("a model's name is immutable", async () => {
    const model = (name: string): string =>
      `{apiVersion: inference.networking.x-k8s.io/v1alpha2, kind: InferenceModel, metadata: {name: fixed, namespace: default}, spec: {modelName: ${name}, poolRef: {name: p}}}`;
    await kubectl(["apply", "-f", "-"], model("a"));
    await assert.rejects(kubectl(["apply", "-f", "-"], model("b")), /spec\.modelName: .*modelName is immutable/);
    await kubectl(["delete", "-f", "-"], model("a"));
  });

  test("what has a default has it in the API server", async () => {
    const yaml = envoyProxy("provider: {type: Kubernetes, kubernetes: {envoyService: {}}}");
    const kept = JSON.parse(await kubectl(["create", "--dry-run=server", "-o", "json", "-f", "-"], yaml)) as {
      readonly spec: unknown;
    };
    assert.deepEqual(kept.spec, {
      logging: { level: { default: "warn" } },
      provider: {
        type: "Kubernetes",
        kubernetes: { envoyService: { type: "LoadBalancer", externalTrafficPolicy: "Local" } },
      },
    });
  });
});

function list(folder: string): readonly string[] {
  return readdirSync(manifests + folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => `${folder}/${name}`);
}

/** CRDs stay: other tests need them, whosever they are. */
async function removeProgram(): Promise<void> {
  const base = ["delete", "--ignore-not-found", "-k", `${manifests}base`];
  await kubectl([...base, "--wait=false"]);
  // There is nothing to hand over.
  await kubectl(["delete", "pods", "--all", "--force", "-n", "envoy-gateway-system"]);
  await kubectl([...base, "--wait=true"]);
}

/** All in one call: the API server answers for each. Structural errors have words of its own. */
async function refuses(refused: Refused, whole: (spec: string) => string): Promise<void> {
  const yaml = refused
    .map(([spec], index) => whole(spec).replace("{name: p}", `{name: refused-${index}}`))
    .join("\n---\n");
  const answer = await stderrOf(["create", "--dry-run=server", "-f", "-"], yaml);
  const answers = answer.split(/^(?=The )/m);
  refused.forEach(([spec, error], index) => {
    const [path = "", message = ""] = error.split(/: (.*)/s);
    const own = answers.find((text) => text.includes(`"refused-${index}"`)) ?? "";
    assert.ok(own.includes(path.replace(/^spec$/, "spec:")), `${spec}: ${own}`);
    if (message in celRules) assert.ok(own.includes(message), `${spec}: ${own}`);
  });
}

function stderrOf(args: readonly string[], stdin: string): Promise<string> {
  return kubectl(args, stdin).then(
    () => "",
    (error: { readonly stderr?: string }) => error.stderr ?? "",
  );
}
