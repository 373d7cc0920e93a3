import { proxyBackendTls } from "../envoy-gateway/backend-tls.ts";
import { bootstrap, dynamicModules, filterOrder, geoIp } from "../envoy-gateway/proxy-extensions.ts";
import { kubernetesProvider } from "../envoy-gateway/proxy-kubernetes.ts";
import { proxyTelemetry } from "../envoy-gateway/proxy-telemetry.ts";
import { duration, labelSelector } from "../gateway-api/shapes.ts";
import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import { type Admitted, defaulted, flag, integer, list, mapOf, object, oneOf, optional, text } from "../schema.ts";

const logLevel = oneOf(["trace", "debug", "info", "warn", "error", "critical", "off"]);
const quietly = { default: "warn" };

const spec = object(
  {
    provider: optional(
      object({
        type: oneOf(["Kubernetes", "Host"]),
        kubernetes: optional(kubernetesProvider),
        host: optional(object({ envoyVersion: optional(text()) })),
      }),
    ),
    logging: defaulted(object({ level: defaulted(mapOf(logLevel), quietly) }), { level: quietly }),
    telemetry: optional(proxyTelemetry),
    bootstrap: optional(bootstrap),
    concurrency: optional(integer()),
    routingType: optional(oneOf(["Service", "Endpoint"])),
    extraArgs: optional(list(text())),
    mergeGateways: optional(flag()),
    mergeBackends: optional(object({ selector: optional(labelSelector()) })),
    mergeType: optional(oneOf(["StrategicMerge", "JSONMerge", "Replace"])),
    shutdown: optional(
      object({
        healthCheckFailureDelay: optional(duration()),
        drainTimeout: optional(duration()),
        minDrainDuration: optional(duration()),
      }),
    ),
    filterOrder: optional(filterOrder),
    backendTLS: optional(proxyBackendTls()),
    ipFamily: optional(oneOf(["IPv4", "IPv6", "DualStack"])),
    preserveRouteOrder: optional(flag()),
    luaValidation: optional(oneOf(["Strict", "InsecureSyntax", "Disabled"])),
    dynamicModules: optional(dynamicModules),
    geoIP: optional(geoIp),
  },
  {
    "mergeGateways and mergeBackends cannot both be enabled": (self) =>
      self.mergeGateways !== true || self.mergeBackends === undefined,
  },
);

/** How the Envoys of a Gateway, or of all Gateways of a class, are run: what their parametersRef names. */
export type EnvoyProxy = K8sObject<"EnvoyProxy", Admitted<typeof spec>>;

export const envoyProxy = {
  group: "gateway.envoyproxy.io",
  version: "v1alpha1",
  otherVersions: [],
  kind: "EnvoyProxy",
  plural: "envoyproxies",
  scope: "Namespaced",
  collection: "envoyProxies",
  body: object({ spec }),
  nameSyntax: "dns-subdomain",
  isForClusters: true,
} as const satisfies KindDeclaration;
