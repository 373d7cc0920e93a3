import { isIP } from "../ip.ts";
import type { KindDeclaration } from "../kind.ts";
import type { ObjectMeta } from "../object.ts";
import { type Admitted, defaulted, flag, integer, list, oneOf, openObject, optional, text } from "../schema.ts";

/** Absent means: ready and serving are true, terminating is false. */
const conditions = openObject({
  ready: optional(flag()),
  serving: optional(flag()),
  terminating: optional(flag()),
});

const body = openObject({
  addressType: oneOf(["IPv4", "IPv6", "FQDN"]),
  endpoints: defaulted(
    list(
      openObject({
        addresses: list(text(), { minItems: 1, maxItems: 100 }),
        conditions: defaulted(conditions, {}),
        hostname: optional(text()),
        nodeName: optional(text()),
        zone: optional(text()),
        targetRef: optional(
          openObject({ kind: optional(text()), name: optional(text()), namespace: optional(text()) }),
        ),
      }),
      { maxItems: 1000 },
    ),
    [],
  ),
  ports: defaulted(
    list(
      openObject({
        name: defaulted(text(), ""),
        port: optional(integer(1, 65535)),
        protocol: defaulted(oneOf(["TCP", "UDP", "SCTP"]), "TCP"),
        appProtocol: optional(text()),
      }),
      { maxItems: 100 },
    ),
    [],
  ),
});

export type EndpointSlice = {
  readonly apiVersion: string;
  readonly kind: "EndpointSlice";
  readonly metadata: ObjectMeta;
} & Admitted<typeof body>;

/** Says which Service the slice belongs to. */
export const serviceNameLabel = "kubernetes.io/service-name";

/** Envoy refuses an assignment with anything but IP literals, so a slice of names has no usable address. */
export function usableAddresses(endpoint: EndpointSlice["endpoints"][number]): readonly string[] {
  return endpoint.addresses.filter(isIP);
}

export const endpointSlice = {
  group: "discovery.k8s.io",
  version: "v1",
  otherVersions: [],
  kind: "EndpointSlice",
  plural: "endpointslices",
  scope: "Namespaced",
  collection: "endpointSlices",
  body,
  nameSyntax: "dns-subdomain",
} as const satisfies KindDeclaration;
