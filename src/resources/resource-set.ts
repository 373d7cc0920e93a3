import type { Backend } from "./kinds/backend.ts";
import type { BackendTrafficPolicy } from "./kinds/backend-traffic-policy.ts";
import type { ConfigMap } from "./kinds/config-map.ts";
import type { EndpointSlice } from "./kinds/endpoint-slice.ts";
import type { EnvoyProxy } from "./kinds/envoy-proxy.ts";
import type { Gateway } from "./kinds/gateway.ts";
import type { GatewayClass } from "./kinds/gateway-class.ts";
import type { HTTPRoute } from "./kinds/http-route.ts";
import type { InferenceModel } from "./kinds/inference-model.ts";
import type { InferenceModelRewrite } from "./kinds/inference-model-rewrite.ts";
import type { InferenceObjective } from "./kinds/inference-objective.ts";
import type { InferencePool } from "./kinds/inference-pool.ts";
import type { Namespace } from "./kinds/namespace.ts";
import type { Pod } from "./kinds/pod.ts";
import type { ReferenceGrant } from "./kinds/reference-grant.ts";
import type { Secret } from "./kinds/secret.ts";
import type { Service } from "./kinds/service.ts";

/** Key: "namespace/name", or the name of a cluster-scoped object. */
export type ByName<T> = ReadonlyMap<string, T>;

/** All that the model reads. It keeps its identity while only endpoints change. */
export interface ResourceSet {
  readonly gatewayClasses: ByName<GatewayClass>;
  readonly gateways: ByName<Gateway>;
  readonly httpRoutes: ByName<HTTPRoute>;
  readonly namespaces: ByName<Namespace>;
  readonly services: ByName<Service>;
  readonly backendTrafficPolicies: ByName<BackendTrafficPolicy>;
  /** Both API groups: key "v1/namespace/name" or "v1alpha2/namespace/name". */
  readonly inferencePools: ByName<InferencePool>;
  readonly inferenceModels: ByName<InferenceModel>;
  readonly inferenceObjectives: ByName<InferenceObjective>;
  readonly inferenceModelRewrites: ByName<InferenceModelRewrite>;
  readonly referenceGrants: ByName<ReferenceGrant>;
  readonly secrets: ByName<Secret>;
  readonly configMaps: ByName<ConfigMap>;
  readonly backends: ByName<Backend>;
  readonly envoyProxies: ByName<EnvoyProxy>;
}

/** What changes often and bypasses the model. */
export interface EndpointResources {
  readonly endpointSlices: ByName<EndpointSlice>;
  readonly pods: ByName<Pod>;
}
