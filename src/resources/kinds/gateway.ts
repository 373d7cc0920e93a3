import { gatewayTls, listenerTls } from "../gateway-api/listener-tls.ts";
import {
  domainPrefixedPath,
  gatewayGroup,
  groupName,
  hostname,
  kindName,
  labelSelector,
  labelValue,
  localObjectReference,
  objectName,
  portNumber,
  sectionName,
} from "../gateway-api/shapes.ts";
import { isIP } from "../ip.ts";
import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import { isQualifiedName } from "../qualified-name.ts";
import { type Admitted, defaulted, list, mapOf, object, oneOf, optional, text } from "../schema.ts";

const keysAreQualified = (self: Readonly<Record<string, unknown>>): boolean => Object.keys(self).every(isQualifiedName);

const prefixesAreShort = (self: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(self).every((key) => (key.split("/")[0] ?? "").length < 253);

const infrastructure = object({
  labels: optional(
    mapOf(labelValue(), {
      maxProperties: 8,
      rules: {
        "Label keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.":
          keysAreQualified,
        "If specified, the label key's prefix must be a DNS subdomain not longer than 253 characters in total.":
          prefixesAreShort,
      },
    }),
  ),
  annotations: optional(
    mapOf(text({ maxLength: 4096 }), {
      maxProperties: 16,
      rules: {
        "Annotation keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.":
          keysAreQualified,
        "If specified, the annotation key's prefix must be a DNS subdomain not longer than 253 characters in total.":
          prefixesAreShort,
      },
    }),
  ),
  parametersRef: optional(localObjectReference()),
});

const listener = object({
  name: sectionName(),
  hostname: optional(hostname()),
  port: portNumber(),
  protocol: text({
    minLength: 1,
    maxLength: 255,
    pattern:
      "^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9]+$",
  }),
  tls: optional(listenerTls()),
  allowedRoutes: defaulted(
    object({
      namespaces: defaulted(
        object({
          from: defaulted(oneOf(["All", "Selector", "Same"]), "Same"),
          selector: optional(labelSelector()),
        }),
        { from: "Same" },
      ),
      kinds: optional(list(object({ group: defaulted(groupName(), gatewayGroup), kind: kindName() }), { maxItems: 8 })),
    }),
    { namespaces: { from: "Same" } },
  ),
});

const address = object(
  {
    type: defaulted(
      text({ minLength: 1, maxLength: 253, pattern: `^(Hostname|IPAddress|NamedAddress)$|${domainPrefixedPath}` }),
      "IPAddress",
    ),
    value: optional(text({ maxLength: 253 })),
  },
  {
    "value must be an IP address where type is IPAddress": ({ type, value }) =>
      type !== "IPAddress" || value === undefined || isIP(value),
    "Hostname value must be empty or contain only valid characters (matching ^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)":
      ({ type, value }) =>
        type !== "Hostname" ||
        value === undefined ||
        /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(value),
  },
);

const uniqueOfType =
  (type: string) =>
  (self: readonly { readonly type: string; readonly value?: string }[]): boolean => {
    const values = self.filter((one) => one.type === type && one.value !== undefined).map((one) => one.value);
    return new Set(values).size === values.length;
  };

const plainProtocols = ["HTTP", "TCP", "UDP"];

const spec = object({
  gatewayClassName: objectName(),
  listeners: list(listener, {
    minItems: 1,
    maxItems: 64,
    keys: ["name"],
    rules: {
      "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']": (self) =>
        self.every((one) => !plainProtocols.includes(one.protocol) || one.tls === undefined),
      "tls mode must be Terminate for protocol HTTPS": (self) =>
        self.every((one) => one.protocol !== "HTTPS" || one.tls === undefined || one.tls.mode === "Terminate"),
      "tls mode must be set for protocol TLS": (self) =>
        self.every((one) => one.protocol !== "TLS" || one.tls !== undefined),
      "hostname must not be specified for protocols ['TCP', 'UDP']": (self) =>
        self.every((one) => !["TCP", "UDP"].includes(one.protocol) || one.hostname === undefined),
      "Combination of port, protocol and hostname must be unique for each listener": (self) =>
        new Set(self.map((one) => `${one.port} ${one.protocol} ${one.hostname ?? ""}`)).size === self.length,
    },
  }),
  addresses: optional(
    list(address, {
      maxItems: 16,
      rules: {
        "IPAddress values must be unique": uniqueOfType("IPAddress"),
        "Hostname values must be unique": uniqueOfType("Hostname"),
      },
    }),
  ),
  infrastructure: optional(infrastructure),
  allowedListeners: optional(
    object({
      namespaces: defaulted(
        object({
          from: defaulted(oneOf(["All", "Selector", "Same", "None"]), "None"),
          selector: optional(labelSelector()),
        }),
        { from: "None" },
      ),
    }),
  ),
  tls: optional(gatewayTls()),
  defaultScope: optional(oneOf(["All", "None"])),
});

export type Gateway = K8sObject<"Gateway", Admitted<typeof spec>>;
export type GatewayListener = Gateway["spec"]["listeners"][number];

export const gateway = {
  group: gatewayGroup,
  version: "v1",
  otherVersions: ["v1beta1"],
  kind: "Gateway",
  plural: "gateways",
  scope: "Namespaced",
  collection: "gateways",
  body: object({ spec }),
  nameSyntax: "dns-subdomain",
} as const satisfies KindDeclaration;
