import { gatewayGroup, groupName, kindName, namespaceName, objectName } from "../gateway-api/shapes.ts";
import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import { type Admitted, list, object, optional } from "../schema.ts";

const few = { minItems: 1, maxItems: 16 };

/** Allows objects of other namespaces to refer to objects of its own. */
const spec = object({
  from: list(object({ group: groupName(), kind: kindName(), namespace: namespaceName() }), few),
  to: list(object({ group: groupName(), kind: kindName(), name: optional(objectName()) }), few),
});

export type ReferenceGrant = K8sObject<"ReferenceGrant", Admitted<typeof spec>>;

export const referenceGrant = {
  group: gatewayGroup,
  version: "v1beta1",
  otherVersions: ["v1"],
  kind: "ReferenceGrant",
  plural: "referencegrants",
  scope: "Namespaced",
  collection: "referenceGrants",
  body: object({ spec }),
  nameSyntax: "dns-subdomain",
} as const satisfies KindDeclaration;
