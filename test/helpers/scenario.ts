/** The scenario's two files, unchanged but for the port, with model servers as Pods. */
import { readFileSync } from "node:fs";

const folder = new URL("../../manifests/examples/scenario/", import.meta.url);

export interface ScenarioOptions {
  readonly port: number;
  /** Ports of model servers on 127.0.0.1. */
  readonly servers: readonly number[];
  /** Annotations that the pool has beside its own, or in the place of them. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export function scenarioFiles({ port, servers, annotations = {} }: ScenarioOptions): Readonly<Record<string, string>> {
  const extra = Object.entries(annotations).map(([name, value]) => `\n    ${name}: ${JSON.stringify(value)}`);
  const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");
  return {
    "inference-gateway.yaml": read("inference-gateway.yaml").replace("port: 8081", `port: ${port}`),
    "inference-pool.yaml": without(read("inference-pool.yaml"), Object.keys(annotations)).replace(
      "  annotations:",
      `  annotations:${extra.join("")}`,
    ),
    "pods.yaml": podsYaml(servers, { app: "qwen" }),
  };
}

function without(text: string, keys: readonly string[]): string {
  const lines = text.split("\n");
  return lines.filter((line) => !keys.some((key) => line.startsWith(`    ${key}:`))).join("\n");
}

export function podsYaml(ports: readonly number[], labels: Readonly<Record<string, string>>): string {
  return ports
    .map(
      (port) => `apiVersion: v1
kind: Pod
metadata:
  name: server-${port}
  labels: ${JSON.stringify(labels)}
  annotations:
    antechamber.dev/target-port: "${port}"
status:
  podIP: 127.0.0.1
`,
    )
    .join("---\n");
}
