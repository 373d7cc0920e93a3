import { podsYaml, scenarioFiles } from "../../helpers/scenario.ts";
import type { ArmName } from "./arm.ts";

export interface ArmFilesOptions {
  readonly arm: ArmName;
  readonly gatewayPort: number;
  readonly serverPorts: readonly number[];
  /** Annotations of the pool beside its own. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** What `ante up` reads: the scenario's files, changed only in what the arm is about. */
export function armFiles(options: ArmFilesOptions): Readonly<Record<string, string>> {
  const { arm, gatewayPort, serverPorts, annotations } = options;
  const files = scenarioFiles({ port: gatewayPort, servers: serverPorts, annotations });
  switch (arm) {
    case "alone":
    case "queueing":
      return files;
    case "queueing-off":
      return { ...files, "inference-pool.yaml": withoutQueueing(files["inference-pool.yaml"] ?? "") };
    case "least-request":
      return {
        "gateway.yaml": withoutRoute(files["inference-gateway.yaml"] ?? ""),
        "route.yaml": plainRoute(serverPorts),
        "pods.yaml": podsYaml(serverPorts, { app: "qwen" }),
      };
  }
}

function withoutQueueing(pool: string): string {
  return replaced(pool, /(experimental-use-queueing: )"true"/, '$1"false"');
}

function withoutRoute(gateway: string): string {
  const documents = gateway.split(/^---$/m);
  const left = documents.filter((document) => !/^kind: HTTPRoute$/m.test(document));
  if (left.length !== documents.length - 1) throw new Error("Cannot remove the HTTPRoute: there is not exactly one");
  return left.join("---");
}

/** A Service whose servers Envoy balances by itself: by least request, which is Envoy Gateway's default. */
function plainRoute(serverPorts: readonly number[]): string {
  const slices = serverPorts.map(
    (port, index) => `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: qwen-${index}
  labels: {"kubernetes.io/service-name": "qwen"}
addressType: IPv4
ports:
  - {name: http, port: ${port}, protocol: TCP}
endpoints:
  - addresses: ["127.0.0.1"]
    conditions: {ready: true}
`,
  );
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: plain-route
spec:
  parentRefs:
    - name: inference-gateway
  rules:
    - backendRefs:
        - name: qwen
          port: 8000
---
apiVersion: v1
kind: Service
metadata:
  name: qwen
spec:
  ports:
    - {name: http, port: 8000, targetPort: 8000, protocol: TCP}
${slices.join("")}`;
}

function replaced(text: string, what: RegExp, by: string): string {
  const result = text.replace(what, by);
  if (result === text) throw new Error(`Cannot change the scenario's file: it has no ${what}`);
  return result;
}
