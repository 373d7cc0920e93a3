import { backendTls } from "../envoy-gateway/backend-tls.ts";
import { preciseHostname } from "../gateway-api/shapes.ts";
import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import { type Admitted, defaulted, flag, integer, keyword, list, object, oneOf, optional, text } from "../schema.ts";

const portOrZero = () => integer(0, 65_535);

const ipLiteral =
  "^((25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\\.){3}(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)$|^(([0-9a-fA-F]{1,4}:){1,7}[0-9a-fA-F]{1,4}|::|(([0-9a-fA-F]{1,4}:){0,5})?(:[0-9a-fA-F]{1,4}){1,2})$";

const domainName = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\.?$";

const socketPath = () =>
  text({
    [keyword.rules]: {
      "unix domain socket path must not exceed 108 characters": (self: string) => Array.from(self).length <= 108,
    },
  });

interface Addressed {
  readonly fqdn?: unknown;
  readonly ip?: unknown;
  readonly unix?: unknown;
}

const addressesOf = ({ fqdn, ip, unix }: Addressed): number =>
  [fqdn, ip, unix].filter((address) => address !== undefined).length;

const endpoint = object(
  {
    hostname: optional(preciseHostname()),
    fqdn: optional(
      object({ hostname: text({ minLength: 1, maxLength: 253, pattern: domainName }), port: portOrZero() }),
    ),
    ip: optional(object({ address: text({ minLength: 3, maxLength: 45, pattern: ipLiteral }), port: portOrZero() })),
    unix: optional(object({ path: socketPath() })),
    zone: optional(text()),
  },
  {
    "one of fqdn, ip or unix must be specified": (self) => addressesOf(self) > 0,
    "only one of fqdn, ip or unix can be specified": (self) => addressesOf(self) < 2,
  },
);

const spec = object(
  {
    type: defaulted(oneOf(["Endpoints", "DynamicResolver"]), "Endpoints"),
    endpoints: optional(
      list(endpoint, {
        minItems: 1,
        maxItems: 256,
        rules: {
          "fqdn addresses cannot be mixed with other address types": (self) =>
            self.every((one) => one.fqdn !== undefined) || self.every((one) => one.fqdn === undefined),
        },
      }),
    ),
    appProtocols: optional(
      list(oneOf(["gateway.envoyproxy.io/h2c", "gateway.envoyproxy.io/ws", "gateway.envoyproxy.io/wss"])),
    ),
    fallback: optional(flag()),
    tls: optional(backendTls()),
  },
  {
    "DynamicResolver type cannot have endpoints specified": ({ type, endpoints }) =>
      type !== "DynamicResolver" || endpoints === undefined,
    "DynamicResolver type cannot use autoSNIFromEndpointHostname": ({ type, tls }) =>
      type !== "DynamicResolver" || tls?.autoSNIFromEndpointHostname !== true,
    "when autoSNIFromEndpointHostname is enabled, IP and Unix endpoints must define a hostname": ({ endpoints, tls }) =>
      tls?.autoSNIFromEndpointHostname !== true ||
      (endpoints ?? []).every((one) => one.fqdn !== undefined || one.hostname !== undefined),
  },
);

/** Endpoints outside of Kubernetes, or by another way than a Service. */
export type Backend = K8sObject<"Backend", Admitted<typeof spec>>;
export type BackendEndpoint = NonNullable<Backend["spec"]["endpoints"]>[number];

export const envoyGatewayGroup = "gateway.envoyproxy.io";

export const backend = {
  group: envoyGatewayGroup,
  version: "v1alpha1",
  otherVersions: [],
  kind: "Backend",
  plural: "backends",
  scope: "Namespaced",
  collection: "backends",
  body: object({ spec }),
  nameSyntax: "dns-subdomain",
} as const satisfies KindDeclaration;
