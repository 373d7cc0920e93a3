import {
  domainPrefixedPath,
  gatewayGroup,
  groupName,
  kindName,
  namespaceName,
  objectName,
} from "../gateway-api/shapes.ts";
import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import { type Admitted, immutable, object, optional, text } from "../schema.ts";

const spec = object({
  controllerName: immutable(text({ minLength: 1, maxLength: 253, pattern: domainPrefixedPath }), "Value is immutable"),
  parametersRef: optional(
    object({ group: groupName(), kind: kindName(), name: objectName(), namespace: optional(namespaceName()) }),
  ),
  description: optional(text({ maxLength: 64 })),
});

export type GatewayClass = K8sObject<"GatewayClass", Admitted<typeof spec>>;

export const gatewayClass = {
  group: gatewayGroup,
  version: "v1",
  otherVersions: ["v1beta1"],
  kind: "GatewayClass",
  plural: "gatewayclasses",
  scope: "Cluster",
  collection: "gatewayClasses",
  body: object({ spec }),
  nameSyntax: "dns-subdomain",
} as const satisfies KindDeclaration;
