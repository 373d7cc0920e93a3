import { clusterSettings } from "../envoy-gateway/cluster-settings.ts";
import { targetReference, targetSelectors } from "../envoy-gateway/policy-target.ts";
import { rateLimit } from "../envoy-gateway/rate-limit.ts";
import { responseOverride } from "../envoy-gateway/response-override.ts";
import { telemetry } from "../envoy-gateway/telemetry.ts";
import { admissionControl, bandwidthLimit, compressors, faultInjection } from "../envoy-gateway/traffic-shaping.ts";
import { gatewayGroup } from "../gateway-api/shapes.ts";
import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import { type Admitted, flag, keyword, list, object, oneOf, optional, quantity, type Rules, text } from "../schema.ts";

const httpUpgrade = list(
  object(
    { type: text(), connect: optional(object({ terminate: optional(flag()) })) },
    {
      "The connect configuration is only allowed when the type is CONNECT.": (self) =>
        self.connect === undefined || self.type === "CONNECT",
    },
  ),
);

interface Target {
  readonly group?: string;
  readonly kind: string;
}

interface Shape {
  readonly targetRef?: Target;
  readonly targetRefs?: readonly Target[];
  readonly targetSelectors?: readonly Target[];
  readonly httpUpgrade?: readonly unknown[];
  readonly connection?: { readonly preconnect?: { readonly predictivePercent?: number } };
  readonly loadBalancer?: { readonly type: string };
  readonly [field: string]: unknown;
}

const streamRoutes = ["UDPRoute", "TCPRoute", "TLSRoute"];
const httpRoutes = ["HTTPRoute", "GRPCRoute"];
const listenerOwners = ["Gateway", "ListenerSet"];
const everyKind = [...listenerOwners, ...httpRoutes, ...streamRoutes];

const oneTarget = (self: Shape): readonly Target[] => (self.targetRef === undefined ? [] : [self.targetRef]);
const targets = (self: Shape): readonly Target[] => [
  ...oneTarget(self),
  ...(self.targetRefs ?? []),
  ...(self.targetSelectors ?? []),
];
const onlyFor = (field: string, kinds: readonly string[]) => (self: Shape) =>
  self[field] === undefined || targets(self).every((target) => kinds.includes(target.kind));

const rules: Rules<Shape> = {
  "either targetRef or targetRefs must be used": (self) =>
    (self.targetRef === undefined) !== (self.targetRefs === undefined) || (self.targetSelectors ?? []).length > 0,
  "this policy can only have a targetRef.group of gateway.networking.k8s.io": (self) =>
    oneTarget(self).every((target) => target.group === gatewayGroup),
  "this policy can only have a targetRef.kind of Gateway/ListenerSet/HTTPRoute/GRPCRoute/TCPRoute/UDPRoute/TLSRoute": (
    self,
  ) => oneTarget(self).every((target) => everyKind.includes(target.kind)),
  "this policy can only have a targetRefs[*].group of gateway.networking.k8s.io": (self) =>
    (self.targetRefs ?? []).every((target) => target.group === gatewayGroup),
  "this policy can only have a targetRefs[*].kind of Gateway/ListenerSet/HTTPRoute/GRPCRoute/TCPRoute/UDPRoute/TLSRoute":
    (self) => (self.targetRefs ?? []).every((target) => everyKind.includes(target.kind)),
  "mergeType can only be used with xRoute targets": onlyFor("mergeType", [...httpRoutes, ...streamRoutes]),
  "either compression or compressor can be set, not both": (self) =>
    self["compression"] === undefined || self["compressor"] === undefined,
  "requestBuffer cannot be used together with httpUpgrade": (self) =>
    self["requestBuffer"] === undefined || (self.httpUpgrade ?? []).length === 0,
  "admissionControl can only be used with HTTPRoute, GRPCRoute, Gateway, or ListenerSet targets": onlyFor(
    "admissionControl",
    [...listenerOwners, ...httpRoutes],
  ),
  "predictivePercent in preconnect policy only works with RoundRobin or Random load balancers": (self) =>
    self.connection?.preconnect?.predictivePercent === undefined ||
    ["Random", "RoundRobin"].includes(self.loadBalancer?.type ?? ""),
};

const spec = object(
  {
    targetRef: optional(targetReference()),
    targetRefs: optional(list(targetReference())),
    targetSelectors: optional(targetSelectors()),
    mergeType: optional(
      oneOf(["StrategicMerge", "JSONMerge", "Replace"], {
        [keyword.rules]: {
          "Replace is not a valid MergeType for BackendTrafficPolicySpec": (self: string) => self !== "Replace",
        },
      }),
    ),
    ...clusterSettings,
    rateLimit: optional(rateLimit),
    bandwidthLimit: optional(bandwidthLimit),
    faultInjection: optional(faultInjection),
    admissionControl: optional(admissionControl),
    compression: optional(compressors()),
    compressor: optional(compressors()),
    responseOverride: optional(responseOverride),
    httpUpgrade: optional(httpUpgrade),
    requestBuffer: optional(object({ limit: optional(quantity()) })),
    useClientProtocol: optional(flag()),
    routingType: optional(oneOf(["Service", "Endpoint"])),
    telemetry: optional(telemetry),
  },
  rules,
);

export type BackendTrafficPolicy = K8sObject<"BackendTrafficPolicy", Admitted<typeof spec>>;

export const backendTrafficPolicy = {
  group: "gateway.envoyproxy.io",
  version: "v1alpha1",
  otherVersions: [],
  kind: "BackendTrafficPolicy",
  plural: "backendtrafficpolicies",
  scope: "Namespaced",
  collection: "backendTrafficPolicies",
  body: object({ spec }),
  nameSyntax: "dns-subdomain",
} as const satisfies KindDeclaration;
