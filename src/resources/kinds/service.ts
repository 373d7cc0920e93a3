import { portNumber } from "../gateway-api/shapes.ts";
import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import { type Admitted, defaulted, intOrString, list, mapOf, oneOf, openObject, optional, text } from "../schema.ts";

const port = openObject({
  name: optional(text()),
  port: portNumber(),
  protocol: defaulted(oneOf(["TCP", "UDP", "SCTP"]), "TCP"),
  appProtocol: optional(text()),
  targetPort: optional(intOrString()),
});

const spec = openObject({
  type: defaulted(oneOf(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]), "ClusterIP"),
  clusterIP: optional(text()),
  clusterIPs: optional(list(text())),
  externalName: optional(text()),
  selector: optional(mapOf(text())),
  ports: optional(
    list(port, {
      rules: {
        "ports must have unique names where there are several": (self) =>
          self.length <= 1 || new Set(self.map((one) => one.name ?? "")).size === self.length,
      },
    }),
  ),
});

export type Service = K8sObject<"Service", Admitted<typeof spec>>;
export type ServicePort = NonNullable<Service["spec"]["ports"]>[number];

export const service = {
  group: "",
  version: "v1",
  otherVersions: [],
  kind: "Service",
  plural: "services",
  scope: "Namespaced",
  collection: "services",
  body: openObject({ spec }),
  nameSyntax: "dns-1035-label",
} as const satisfies KindDeclaration;
