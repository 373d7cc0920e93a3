import { groupName, kindName, labelValue, objectName, portNumber } from "../gateway-api/shapes.ts";
import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import { type Admitted, defaulted, list, mapOf, object, oneOf, optional } from "../schema.ts";

const failureMode = () => defaulted(oneOf(["FailOpen", "FailClose"]), "FailClose");

const specV1Alpha2 = object({
  selector: mapOf(labelValue()),
  targetPortNumber: portNumber(),
  extensionRef: object({
    group: defaulted(groupName(), ""),
    kind: defaulted(kindName(), "Service"),
    name: objectName(),
    portNumber: optional(portNumber()),
    failureMode: failureMode(),
  }),
});

const specV1 = object({
  selector: object({ matchLabels: mapOf(labelValue(), { minProperties: 1, maxProperties: 64 }) }),
  targetPorts: list(object({ number: portNumber() }), {
    minItems: 1,
    maxItems: 8,
    rules: {
      "port number must be unique": (self) => new Set(self.map((one) => one.number)).size === self.length,
    },
  }),
  appProtocol: defaulted(oneOf(["http", "kubernetes.io/h2c"]), "http"),
  endpointPickerRef: optional(
    object(
      {
        group: defaulted(groupName(), ""),
        kind: defaulted(kindName(), "Service"),
        name: objectName(),
        port: optional(object({ number: portNumber() })),
        failureMode: failureMode(),
      },
      {
        "port is required when kind is 'Service' or unspecified (defaults to 'Service')": (self) =>
          self.kind !== "Service" || self.port !== undefined,
      },
    ),
  ),
});

export const inferenceGroupV1Alpha2 = "inference.networking.x-k8s.io";
export const inferenceGroupV1 = "inference.networking.k8s.io";

export interface InferencePoolV1Alpha2 extends K8sObject<"InferencePool", Admitted<typeof specV1Alpha2>> {
  readonly apiVersion: "inference.networking.x-k8s.io/v1alpha2";
}

export interface InferencePoolV1 extends K8sObject<"InferencePool", Admitted<typeof specV1>> {
  readonly apiVersion: "inference.networking.k8s.io/v1";
}

/** Told apart by apiVersion: two API groups have a kind of this name. */
export type InferencePool = InferencePoolV1 | InferencePoolV1Alpha2;

const common = {
  otherVersions: [],
  kind: "InferencePool",
  plural: "inferencepools",
  scope: "Namespaced",
  collection: "inferencePools",
  nameSyntax: "dns-subdomain",
} as const;

export const inferencePoolV1Alpha2 = {
  ...common,
  group: inferenceGroupV1Alpha2,
  version: "v1alpha2",
  body: object({ spec: specV1Alpha2 }),
} as const satisfies KindDeclaration;

export const inferencePoolV1 = {
  ...common,
  group: inferenceGroupV1,
  version: "v1",
  body: object({ spec: specV1 }),
} as const satisfies KindDeclaration;

/** The labels that a Pod needs to belong to the pool, in either spelling. */
export function poolSelector(pool: InferencePool): Readonly<Record<string, string>> {
  return pool.apiVersion === "inference.networking.k8s.io/v1" ? pool.spec.selector.matchLabels : pool.spec.selector;
}
