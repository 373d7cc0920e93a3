/**
 * The test cluster, for tests in test/cluster. `hack/test cluster` starts one and runs the tests inside its network
 * namespace, so that they reach 10.88.x.x (Pods, load balancers) and 10.96.x.x (ClusterIPs) as anybody there does, and
 * listen there too; loopback is the namespace's own. All files share it, one after the other: a test makes Kubernetes
 * namespaces of its own (`cluster.namespace()`), and restores what it does to the rest.
 *
 * Where there is no cluster, `noCluster` says why, and is the `skip` of the tests: `test("...", { skip: noCluster }, ...)`.
 */
import { execFile } from "node:child_process";
import { Resolver } from "node:dns/promises";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { eventually } from "./eventually.ts";

const entry = new URL("../../hack/testcluster/cluster", import.meta.url).pathname;

/** False where the tests run in a cluster. */
export const noCluster: string | false =
  process.env["ANTE_TEST_CLUSTER"] === "yes"
    ? false
    : process.env["ANTE_NO_TEST_CLUSTER"] || "runs in the test cluster only: npm run test:cluster";

/** What is part of the control plane and can be stopped and started again. */
export type Component = "etcd" | "apiserver" | "controllers" | "agent";

/** The administrator's, valid inside. */
export const kubeconfig: string = process.env["KUBECONFIG"] ?? "";

/** `kubectl ARGS...`: its standard output; rejects with its words where it fails. */
export async function kubectl(args: readonly string[], stdin = ""): Promise<string> {
  return run(entry, ["kubectl", ...args], stdin);
}

/** Server-side apply of YAML documents. */
export async function apply(yaml: string, namespace = "default"): Promise<void> {
  await kubectl(["apply", "--server-side", "--force-conflicts", "-n", namespace, "-f", "-"], yaml);
}

/** A Kubernetes namespace that goes (with its Pods) when the test ends. */
export async function makeNamespace(t: TestContext, prefix: string): Promise<string> {
  const name = `${prefix}-${process.pid}-${Math.random().toString(36).slice(2, 7)}`;
  await kubectl(["create", "namespace", name]);
  // Before it is there no Pod may be made, and a busy controller manager takes a while.
  await eventually("its ServiceAccount", () => kubectl(["get", "serviceaccount", "default", "-n", name]), {
    timeoutMs: 60_000,
    everyMs: 100,
  });
  t.after(() => kubectl(["delete", "namespace", name, "--wait=false"]));
  return name;
}

/** Waits until the Pods of a selector are there and Ready. */
export async function podsReady(namespace: string, selector: string, count: number): Promise<void> {
  await eventually(
    `${count} ready Pods ${selector}`,
    async () => {
      const ready = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
      const lines = (await kubectl(["get", "pods", "-n", namespace, "-l", selector, "-o", `jsonpath=${ready}`])).split(
        "\n",
      );
      return lines.filter((line) => line === "True").length === count ? true : undefined;
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
}

/** Installs CRDs: of the Gateway API and the inference extension; v1alpha2's; Envoy Gateway's. */
export async function installCrds(...sets: readonly ("gateway" | "legacy" | "envoy-gateway")[]): Promise<void> {
  for (const set of sets) await run(entry, ["crds", set], "");
}

/** Stops a part of the control plane; the API server and etcd keep their data, the agent's end is that of all Pods. */
export async function stopComponent(name: Component): Promise<void> {
  await run(entry, ["stop", name], "");
}

export async function startComponent(name: Component): Promise<void> {
  await run(entry, ["start", name], "");
}

/** The addresses that the cluster's DNS has for a name. */
export async function resolve(name: string): Promise<string[]> {
  const resolver = new Resolver();
  resolver.setServers(["10.88.0.1"]);
  return resolver.resolve4(name);
}

async function run(command: string, args: readonly string[], stdin: string): Promise<string> {
  const child = promisify(execFile)(command, [...args], { maxBuffer: 64 << 20 });
  child.child.stdin?.end(stdin);
  return (await child).stdout;
}
