/** Gateways of the test cluster as their users have them: the scenario, model servers as Pods, the address by kubectl. */
import type { TestContext } from "node:test";
import { apply, kubectl, podsReady } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { type Answer, http, postJson } from "./http.ts";
import { adminApi, systemNamespace } from "./kube-antechamber.ts";
import { Traffic, type TrafficOptions } from "./traffic.ts";

const scenario = new URL("../../manifests/examples/scenario/", import.meta.url).pathname;

export const scenarioFile = {
  gateway: `${scenario}inference-gateway.yaml`,
  pool: `${scenario}inference-pool.yaml`,
} as const;

export interface ModelServersOptions {
  readonly count: number;
  /** Divides the capacity of each. */
  readonly scale?: number;
  readonly namespace?: string;
  /** Of the Deployment, and the label `app` of its Pods. */
  readonly app?: string;
  /** Flags of `ante sim` beside these. */
  readonly args?: readonly string[];
}

/** Simulated model servers of the scenario; resolves when they are Ready. A Pod that is deleted still serves for a while. */
export async function modelServers(options: ModelServersOptions): Promise<void> {
  const { count, scale = 10, namespace = "default", app = "qwen", args = [] } = options;
  const sim = ["sim", "--host=0.0.0.0", "--port=8000", "--model=qwen", `--scale=${scale}`, ...args];
  await apply(
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${app}, namespace: ${namespace}}
spec:
  replicas: ${count}
  selector: {matchLabels: {app: ${app}}}
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: ${app}}}
    spec:
      automountServiceAccountToken: false
      containers:
        - name: server
          image: antechamber:0.1.0
          args: ${JSON.stringify(sim)}
          readinessProbe: {httpGet: {path: /health, port: 8000}, periodSeconds: 1}
          lifecycle: {preStop: {sleep: {seconds: 8}}}
`,
    namespace,
  );
  await podsReady(namespace, `app=${app}`, count);
}

export async function applyScenario(): Promise<void> {
  await kubectl(["apply", "--server-side", "-f", scenarioFile.pool, "-f", scenarioFile.gateway]);
}

/** The scenario and its model servers. */
export async function removeScenario(): Promise<void> {
  await kubectl(["delete", "--ignore-not-found", "-f", scenarioFile.gateway, "-f", scenarioFile.pool]);
  await kubectl(["delete", "deployment", "qwen", "--ignore-not-found"]);
  await kubectl(["delete", "pods", "-l", "app=qwen", "--force", "--grace-period=0"]);
}

export function selectorOf(gateway: string): string {
  const [namespace, name] = gateway.split("/");
  const owning = "gateway.envoyproxy.io/owning-gateway";
  return `${owning}-namespace=${namespace},${owning}-name=${name}`;
}

/** The scenario's own command; undefined where it prints nothing. */
export async function addressOf(gateway = "default/inference-gateway"): Promise<string | undefined> {
  const address = ["-o", "jsonpath={.items[*].spec.clusterIP}"];
  const printed = await kubectl(["get", "svc", "-n", systemNamespace, "-l", selectorOf(gateway), ...address]);
  return printed === "" ? undefined : printed;
}

/** Resolves with the address once the Gateway is Programmed. */
export async function programmed(gateway = "default/inference-gateway"): Promise<string> {
  const [namespace = "", name = ""] = gateway.split("/");
  const wait = ["wait", "--for=condition=Programmed", "--timeout=60s", "gateway", name, "-n", namespace];
  await kubectl(wait);
  return eventually("the Gateway's address", () => addressOf(gateway));
}

/** The picker has read so many servers. */
export async function serversReady(count: number): Promise<void> {
  const read = async (): Promise<true | undefined> => {
    const endpoints = await adminApi<readonly { readonly state: string }[]>("/api/v1/endpoints");
    return endpoints.filter(({ state }) => state === "ready").length === count ? true : undefined;
  };
  await eventually(`${count} model servers read`, read, { timeoutMs: 30_000, everyMs: 200 });
}

/** A completion of a model that is named in the body alone. */
export function ask(host: string, model: string, more: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
  return postJson(8081, "/v1/completions", { model, prompt: "Say ok", max_tokens: 8, ...more }, {}, host);
}

export function get(host: string, path: string, port = 8081): Promise<Answer> {
  return http(port, path, { host });
}

/** A few completions a second until the test ends; each answer that is no 2xx is in `failures`. */
export function traffic(t: TestContext, host: string, more: Partial<TrafficOptions> = {}): Traffic {
  const body = JSON.stringify({ model: "qwen", prompt: "Say ok", max_tokens: 16, stream: true });
  const started = new Traffic({
    ...{ host, port: 8081, path: "/v1/completions", body, clients: 4, pauseMs: 250 },
    ...more,
  });
  t.after(() => started.stop());
  return started;
}
