/**
 * The ServiceAccount may do what the program does, and nothing else: a whole life of it runs with no answer 403, and
 * each verb of each rule is one without which a request of that life is refused.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, type TestContext, test } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { installCrds, kubeconfig, kubectl, noCluster } from "../helpers/cluster.ts";
import { eventually } from "../helpers/eventually.ts";
import { type Recorder, recordRequests } from "../helpers/kube-recorder.ts";

const root = new URL("../../", import.meta.url).pathname;
const namespace = "envoy-gateway-system";
const user = `system:serviceaccount:${namespace}:antechamber`;

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly Rule[];
}

/** What a short life has no occasion for: a certificate that is renewed, something that a proxy refuses. */
const occasional = ["update /secrets", "create events.k8s.io/events"];

/** Something of every kind that is read, whose statuses and proxies are written. */
const life = `
{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: EnvoyProxy, metadata: {name: p}, spec: {provider: {type: Kubernetes, kubernetes: {envoyHpa: {maxReplicas: 2}, envoyPDB: {minAvailable: 0}}}}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: rbac}, spec: {controllerName: rbac.test/controller}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: rbac}, spec: {gatewayClassName: rbac, infrastructure: {parametersRef: {group: gateway.envoyproxy.io, kind: EnvoyProxy, name: p}}, listeners: [{name: http, protocol: HTTP, port: 8080}]}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: rbac}, spec: {parentRefs: [{name: rbac}], rules: [{backendRefs: [{group: inference.networking.x-k8s.io, kind: InferencePool, name: old}]}, {matches: [{path: {value: /new}}], backendRefs: [{group: inference.networking.k8s.io, kind: InferencePool, name: new}]}, {matches: [{path: {value: /b}}], backendRefs: [{group: gateway.envoyproxy.io, kind: Backend, name: b}]}]}}
---
{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: Backend, metadata: {name: b}, spec: {endpoints: [{ip: {address: 10.0.0.1, port: 80}}]}}
---
{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: BackendTrafficPolicy, metadata: {name: t}, spec: {targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: rbac}], timeout: {http: {requestTimeout: 1h}}}}
---
{apiVersion: inference.networking.x-k8s.io/v1alpha2, kind: InferencePool, metadata: {name: old, annotations: {inference-epp-env.networking.x-k8s.io/experimental-use-queueing: "true"}}, spec: {selector: {app: x}, targetPortNumber: 8000, extensionRef: {name: none}}}
---
{apiVersion: inference.networking.k8s.io/v1, kind: InferencePool, metadata: {name: new}, spec: {selector: {matchLabels: {app: x}}, targetPorts: [{number: 8000}]}}
---
{apiVersion: inference.networking.x-k8s.io/v1alpha2, kind: InferenceModel, metadata: {name: m}, spec: {modelName: m, poolRef: {name: old}}}
---
{apiVersion: inference.networking.x-k8s.io/v1alpha2, kind: InferenceObjective, metadata: {name: o}, spec: {priority: 1, poolRef: {name: new}}}
---
{apiVersion: inference.networking.x-k8s.io/v1alpha2, kind: InferenceModelRewrite, metadata: {name: r}, spec: {poolRef: {name: new}, rules: [{targets: [{modelRewrite: z}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: rbac, namespace: ${namespace}}, spec: {containers: [{name: c, image: busybox, command: [sleep, infinity]}]}}
`;

suite("the ServiceAccount", { skip: noCluster }, () => {
  test("may do what the program does, and nothing else", async (t) => {
    await installCrds("gateway");
    await kubectl(["apply", "--server-side", "--force-conflicts", "-k", `${root}manifests/crds`]);
    for (const name of ["namespace", "service-account", "cluster-role", "role", "service"])
      await kubectl(["apply", "--server-side", "--force-conflicts", "-f", `${root}manifests/base/${name}.yaml`]);
    t.after(async () => {
      await kubectl(["delete", "pods", "--all", "--force", "-n", namespace]);
      await kubectl(["delete", "--ignore-not-found", "--wait=false", "-k", `${root}manifests/base`]);
    });
    const recorder = await recorded(t);
    const granted = roles().flatMap((role) =>
      role.rules.flatMap((rule) => verbsOf(rule).map((verb) => ({ role, verb }))),
    );
    const wanted = new Set(granted.map(({ verb }) => verb).filter((verb) => !occasional.includes(verb)));

    const program = serve(t, recorder);
    await kubectl(["apply", "-f", "-"], life);
    const missing = (): string[] =>
      [...wanted].filter((verb) => !recorder.asked.has(verb) && !verb.startsWith("delete "));
    await eventuallyNone("of what a running program does", missing, program);
    await kubectl(["delete", "--wait=false", "-f", "-"], life);
    await eventuallyNone(
      "of what a program does",
      () => [...wanted].filter((verb) => !recorder.asked.has(verb)),
      program,
    );
    assert.deepEqual([...recorder.forbidden], []);

    for (const { role, verb } of granted) {
      if (granted.filter((other) => other.verb === verb).length > 1) assert.fail(`${verb} is granted twice`);
      await kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], JSON.stringify(without(role, verb)));
      await eventually(`403 without "${verb}"`, async () => ((await mayI(verb)) ? undefined : true), {
        timeoutMs: 5_000,
      });
    }
  });
});

async function eventuallyNone(what: string, missing: () => readonly string[], program: Program): Promise<void> {
  try {
    await eventually(what, () => (missing().length === 0 ? true : undefined), { timeoutMs: 30_000 });
  } catch {
    assert.fail(`never asked: ${missing().join(", ")}\n${program.lines.join("").slice(-4_000)}`);
  }
}

function roles(): readonly Role[] {
  return ["cluster-role", "role"]
    .flatMap((name) => parseAllDocuments(readFileSync(`${root}manifests/base/${name}.yaml`, "utf8")))
    .map((document) => document.toJS() as Role)
    .filter(({ kind }) => kind === "ClusterRole" || kind === "Role");
}

function verbsOf({ apiGroups, resources, verbs }: Rule): readonly string[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
  );
}

function without(role: Role, gone: string): Role {
  const single = role.rules.flatMap(verbsOf).filter((verb) => verb !== gone);
  return {
    ...role,
    rules: single.map((text) => {
      const { verb, group, resource } = partsOf(text);
      return { apiGroups: [group], resources: [resource], verbs: [verb] };
    }),
  };
}

function partsOf(text: string): { readonly verb: string; readonly group: string; readonly resource: string } {
  const [, verb = "", group = "", resource = ""] = /^(\S+) ([^/]*)\/(.*)$/.exec(text) ?? [];
  return { verb, group, resource };
}

/** As the API server's authorizer has it. */
async function mayI(text: string): Promise<boolean> {
  const { verb, group, resource: whole } = partsOf(text);
  const [resource, subresource] = whole.split("/");
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user,
      groups: ["system:authenticated"],
      resourceAttributes: { namespace, verb, group, resource, subresource },
    },
  };
  const answer = await kubectl(["create", "-o", "jsonpath={.status.allowed}", "-f", "-"], JSON.stringify(review));
  return answer === "true";
}

async function recorded(t: TestContext): Promise<Recorder> {
  const config = parse(readFileSync(kubeconfig, "utf8")) as {
    readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
  };
  const cluster = config.clusters[0]?.cluster ?? {};
  const token = (await kubectl(["create", "token", "antechamber", "-n", namespace])).trim();
  const recorder = await recordRequests({
    server: cluster["server"] ?? "",
    caFile: cluster["certificate-authority"] ?? "",
    token,
  });
  t.after(() => recorder.stop());
  return recorder;
}

interface Program {
  readonly child: ChildProcess;
  readonly lines: string[];
}

/** `ante serve` as the ServiceAccount, through the recorder, as the Pod that it labels. */
function serve(t: TestContext, recorder: Recorder): Program {
  const home = mkdtempSync(join(tmpdir(), "ante-rbac-"));
  const config = join(home, "kubeconfig");
  const context = { cluster: "c", user: "u" };
  writeFileSync(
    config,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "c", cluster: { server: recorder.url } }],
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "c", context }],
      "current-context": "c",
    }),
  );
  const args = [
    "serve",
    `--kubeconfig=${config}`,
    "--controller-name=rbac.test/controller",
    "--drain-time=0",
    "--admin-port=0",
  ];
  const env = { ...process.env, KUBECONFIG: "", POD_NAME: "rbac", POD_NAMESPACE: namespace, POD_IP: "10.88.0.1" };
  const child = spawn(`${root}bin/ante`, args, {
    env: { ...env, ANTE_IMAGE: "antechamber" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  child.stdout.on("data", (data: Buffer) => lines.push(data.toString()));
  child.stderr.on("data", (data: Buffer) => lines.push(data.toString()));
  t.after(async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), 15_000).unref();
    if (child.exitCode === null) await ended;
    rmSync(home, { recursive: true });
  });
  return { child, lines };
}
