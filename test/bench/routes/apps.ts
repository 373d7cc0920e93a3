/** What users have: applications, each with a host, an HTTPRoute, a Service and where it is served. Pure. */

export interface App {
  readonly name: string;
  /** Of its only server, on loopback. */
  readonly port: number;
}

/** "file-each": one file for each application. "one-file": all of them in one. */
export const layouts = ["file-each", "one-file"] as const;
export type Layout = (typeof layouts)[number];

export function hostOf({ name }: Pick<App, "name">): string {
  return `${name}.example.com`;
}

export function makeApps(count: number, port: number): readonly App[] {
  return Array.from({ length: count }, (_, index) => ({ name: `app-${String(index).padStart(4, "0")}`, port }));
}

/** File name -> text. */
export function appFiles(apps: readonly App[], layout: Layout): ReadonlyMap<string, string> {
  const texts = apps.map((app) => [fileOf(app, layout), appYaml(app)] as const);
  const files = new Map<string, string[]>();
  for (const [file, text] of texts) {
    const known = files.get(file);
    if (known === undefined) files.set(file, [text]);
    else known.push(text);
  }
  return new Map([...files].map(([file, parts]) => [file, parts.join("---\n")]));
}

export function fileOf({ name }: App, layout: Layout): string {
  return layout === "file-each" ? `${name}.yaml` : "apps.yaml";
}

export function gatewayYaml(port: number): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata:
  name: bench
spec:
  controllerName: gateway.envoyproxy.io/gatewayclass-controller
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: bench
spec:
  gatewayClassName: bench
  listeners:
    - name: http
      protocol: HTTP
      port: ${port}
`;
}

function appYaml(app: App): string {
  const { name, port } = app;
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: ${name}
spec:
  parentRefs:
    - name: bench
  hostnames:
    - ${hostOf(app)}
  rules:
    - backendRefs:
        - name: ${name}
          port: 80
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  ports:
    - port: 80
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: ${name}
  labels:
    kubernetes.io/service-name: ${name}
addressType: IPv4
endpoints:
  - addresses: ["127.0.0.1"]
ports:
  - port: ${port}
`;
}
