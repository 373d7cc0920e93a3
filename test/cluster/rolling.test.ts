/** What is rolled or scaled while clients ask: no request fails, no answer is cut. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { apply, kubectl, noCluster } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";
import { adminApi, owner, systemNamespace, useAntechamber } from "../helpers/kube-antechamber.ts";
import * as kube from "../helpers/kube-gateway.ts";

const servers = 2;
const gateway = "default/inference-gateway";
const inSystem = ["-n", systemNamespace];

suite("while clients ask", { skip: noCluster }, () => {
  let host: string;
  useAntechamber();
  before(async () => {
    await Promise.all([kube.modelServers({ count: servers }), kube.applyScenario()]);
    host = await kube.programmed();
    await kube.serversReady(servers);
  });
  after(kube.removeScenario);

  test("model servers are rolled", async (t) => {
    const load = kube.traffic(t, host);
    const long = kube.ask(host, "qwen", { max_tokens: 120, stream: true });
    const before = await podsOf("default", "app=qwen");
    await kubectl(["rollout", "restart", "deployment", "qwen"]);
    await kubectl(["rollout", "status", "deployment", "qwen", "--timeout=60s"]);
    await gone("default", "app=qwen", before);
    await kube.serversReady(servers);
    assert.match((await long).body, /\[DONE\]\s*$/);
    await endsWell(load);
  });

  test("the proxy is rolled", async (t) => {
    const load = kube.traffic(t, host);
    const long = kube.ask(host, "qwen", { max_tokens: 120, stream: true });
    const before = await podsOf(systemNamespace, kube.selectorOf(gateway));
    const [deployment = ""] = (
      await kubectl(["get", "deployment", ...inSystem, "-l", kube.selectorOf(gateway), "-o", "name"])
    ).split("\n");
    await kubectl(["rollout", "restart", deployment, ...inSystem]);
    await kubectl(["rollout", "status", deployment, ...inSystem, "--timeout=60s"]);
    await gone(systemNamespace, kube.selectorOf(gateway), before);
    assert.match((await long).body, /\[DONE\]\s*$/);
    await endsWell(load);
  });

  test("proxies become three, and one again", async (t) => {
    const load = kube.traffic(t, host);
    t.after(() => patchGateway(null));
    await wantProxies(3);
    await connected(3);
    const many = await podsOf(systemNamespace, kube.selectorOf(gateway));
    assert.equal(many.length, 3);
    await wantProxies(1);
    await connected(1);
    await eventually(
      "one proxy's Pod",
      async () => (await podsOf(systemNamespace, kube.selectorOf(gateway))).length === 1 || undefined,
      { timeoutMs: 60_000, everyMs: 300 },
    );
    await endsWell(load);
  });
});

async function endsWell(load: ReturnType<typeof kube.traffic>): Promise<void> {
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.ok(load.answered > 20, `${load.answered} answers`);
}

async function podsOf(namespace: string, selector: string): Promise<readonly string[]> {
  const names = await kubectl(["get", "pods", "-n", namespace, "-l", selector, "-o", "name"]);
  return names.split("\n").filter((name) => name !== "");
}

async function gone(namespace: string, selector: string, pods: readonly string[]): Promise<void> {
  const left = async (): Promise<true | undefined> =>
    (await podsOf(namespace, selector)).every((pod) => !pods.includes(pod)) || undefined;
  await eventually(`the end of ${pods.join(", ")}`, left, { timeoutMs: 60_000, everyMs: 300 });
}

async function wantProxies(replicas: number): Promise<void> {
  await apply(`apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: {name: some, namespace: default}
spec: {provider: {type: Kubernetes, kubernetes: {envoyDeployment: {replicas: ${replicas}}}}}
`);
  await patchGateway({ parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "some" } });
}

async function patchGateway(infrastructure: object | null): Promise<void> {
  const patch = JSON.stringify({ spec: { infrastructure } });
  await kubectl(["patch", "gateway", "inference-gateway", "--type=merge", "-p", patch]);
}

async function connected(count: number): Promise<void> {
  const replica = await owner();
  const proxies = async (): Promise<true | undefined> => {
    const all = await adminApi<readonly { readonly connected: boolean }[]>("/api/v1/proxies", replica);
    return all.filter((proxy) => proxy.connected).length === count || undefined;
  };
  await eventually(`${count} proxies`, proxies, { timeoutMs: 60_000, everyMs: 300 });
}
