import type { Json, JsonObject } from "../lib/json.ts";
import type { EnvoyProxy } from "../resources/kinds/envoy-proxy.ts";

/** Parts of an EnvoyProxy's spec, by name. https://gateway.envoyproxy.io/docs/api/extension_types/#envoyproxyspec */
export type EnvoyProxySpec = EnvoyProxy["spec"];
export type BootstrapPatch = NonNullable<EnvoyProxySpec["bootstrap"]>;
export type JsonPatchOperation = NonNullable<BootstrapPatch["jsonPatches"]>[number];
type KubernetesProvider = NonNullable<NonNullable<EnvoyProxySpec["provider"]>["kubernetes"]>;
export type DeploymentSettings = NonNullable<KubernetesProvider["envoyDeployment"]>;
export type ContainerSettings = NonNullable<DeploymentSettings["container"]>;
export type ServiceSettings = Partial<NonNullable<KubernetesProvider["envoyService"]>>;
/** What an object of ours is changed by at last. */
export type ObjectPatch = NonNullable<DeploymentSettings["patch"]>;

/** Where nobody says anything. */
export const noEnvoyProxy: EnvoyProxySpec = { logging: { level: { default: "warn" } } };

/** The schema leaves what is Kubernetes' own as it was written. */
export function asJson(value: unknown): Json {
  return value as Json;
}

export function asJsonObject(value: unknown): JsonObject {
  return (value ?? {}) as JsonObject;
}
