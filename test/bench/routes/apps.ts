/** What users have: applications, each with a host, an HTTPRoute, a Service and where it is served. Pure. */
import { stringify } from "yaml";
import type { KubeObject } from "../../../src/kube/api.ts";

export interface App {
  readonly name: string;
  readonly server: ServerAddress;
}

/** Of an application's only server. */
export interface ServerAddress {
  readonly address: string;
  readonly port: number;
}

/** "file-each": one file for each application. "one-file": all of them in one. */
export const layouts = ["file-each", "one-file"] as const;
export type Layout = (typeof layouts)[number];

export function hostOf({ name }: Pick<App, "name">): string {
  return `${name}.example.com`;
}

export function makeApps(count: number, server: ServerAddress): readonly App[] {
  return Array.from({ length: count }, (_, index) => ({ name: `app-${String(index).padStart(4, "0")}`, server }));
}

/** File name -> text. */
export function appFiles(apps: readonly App[], layout: Layout): ReadonlyMap<string, string> {
  const files = new Map<string, KubeObject[]>();
  for (const app of apps) {
    const { route, service, endpoints } = appObjects(app);
    const file = fileOf(app, layout);
    const known = files.get(file);
    if (known === undefined) files.set(file, [route, service, endpoints]);
    else known.push(route, service, endpoints);
  }
  return new Map([...files].map(([file, objects]) => [file, yamlOf(objects)]));
}

export function fileOf({ name }: App, layout: Layout): string {
  return layout === "file-each" ? `${name}.yaml` : "apps.yaml";
}

export function gatewayYaml(port: number): string {
  return yamlOf([
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: "bench" },
      spec: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
    },
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name: "bench" },
      spec: { gatewayClassName: "bench", listeners: [{ name: "http", protocol: "HTTP", port }] },
    },
  ]);
}

export interface AppObjects {
  readonly route: KubeObject;
  readonly service: KubeObject;
  readonly endpoints: KubeObject;
}

export function appObjects(app: App): AppObjects {
  const { name, server } = app;
  return {
    route: {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name },
      spec: {
        parentRefs: [{ name: "bench" }],
        hostnames: [hostOf(app)],
        rules: [{ backendRefs: [{ name, port: 80 }] }],
      },
    },
    service: { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { ports: [{ port: 80 }] } },
    endpoints: {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [server.address] }],
      ports: [{ port: server.port }],
    },
  };
}

function yamlOf(objects: readonly KubeObject[]): string {
  return objects.map((object) => stringify(object)).join("---\n");
}
