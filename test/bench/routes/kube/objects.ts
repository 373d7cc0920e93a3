/** Applications as objects of the API server. */
import type { KubeApi, KubeObject, KubeResource } from "../../../../src/kube/api.ts";
import { type App, appObjects, type ServerAddress } from "../apps.ts";

export const namespace = "default";

export const httpRoutes: KubeResource = {
  group: "gateway.networking.k8s.io",
  version: "v1",
  kind: "HTTPRoute",
  plural: "httproutes",
  scope: "Namespaced",
};
const services: KubeResource = { group: "", version: "v1", kind: "Service", plural: "services", scope: "Namespaced" };
const slices: KubeResource = {
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  plural: "endpointslices",
  scope: "Namespaced",
};

type Api = Pick<KubeApi, "create" | "delete" | "mergePatch">;

export async function createApp(api: Api, app: App): Promise<void> {
  await createServer(api, app);
  await createRoute(api, app);
}

/** What a route leads to. Headless: the node would listen on thousands of addresses that nobody asks. */
export async function createServer(api: Api, app: App): Promise<void> {
  const { service, endpoints } = appObjects(app);
  await api.create(services, inNamespace({ ...service, spec: { ...specOf(service), clusterIP: "None" } }));
  await api.create(slices, inNamespace(endpoints));
}

export async function createRoute(api: Api, app: App): Promise<void> {
  await api.create(httpRoutes, inNamespace(appObjects(app).route));
}

export async function deleteRoute(api: Api, { name }: App): Promise<void> {
  await api.delete(httpRoutes, { namespace, name });
}

export async function deleteServer(api: Api, { name }: App): Promise<void> {
  await api.delete(services, { namespace, name });
  await api.delete(slices, { namespace, name });
}

export async function moveServer(api: Api, { name }: App, { address, port }: ServerAddress): Promise<void> {
  const change = { endpoints: [{ addresses: [address] }], ports: [{ port }] };
  await api.mergePatch(slices, { namespace, name }, change);
}

/** The route's only rule leads to another application's Service. */
export async function leadTo(api: Api, { name }: App, to: App): Promise<void> {
  const change = { spec: { rules: [{ backendRefs: [{ name: to.name, port: 80 }] }] } };
  await api.mergePatch(httpRoutes, { namespace, name }, change);
}

function specOf({ spec }: KubeObject): object {
  return spec as object;
}

function inNamespace<Kind extends { readonly metadata: { readonly name: string } }>(object: Kind): Kind {
  return { ...object, metadata: { ...object.metadata, namespace } };
}
