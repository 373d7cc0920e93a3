/** The statuses of the kinds whose CRDs we install, in the shapes that upstream's CRDs have. */
import {
  domainPrefixedPath,
  gatewayGroup,
  groupName,
  kindName,
  namespaceName,
  objectName,
  portNumber,
  sectionName,
} from "../../src/resources/gateway-api/shapes.ts";
import { defaulted, integer, list, object, oneOf, optional, text } from "../../src/resources/schema.ts";

const subdomain = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

/** metav1.Condition. */
const conditions = () =>
  list(
    object({
      type: text({ maxLength: 316, pattern: `^(${subdomain}/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$` }),
      status: oneOf(["True", "False", "Unknown"]),
      observedGeneration: optional(integer(0, Number.MAX_SAFE_INTEGER)),
      lastTransitionTime: text({ format: "date-time" }),
      reason: text({ minLength: 1, maxLength: 1024, pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$" }),
      message: text({ maxLength: 32_768 }),
    }),
    { keys: ["type"], maxItems: 8 },
  );

const reference = () => ({
  group: defaulted(groupName(), gatewayGroup),
  kind: defaulted(kindName(), "Gateway"),
  name: objectName(),
  namespace: optional(namespaceName()),
});

export const ownConditions = object({ conditions: optional(conditions()) });

export const conditionsByParent = object({
  parent: optional(
    list(object({ parentRef: object(reference()), conditions: optional(conditions()) }), { maxItems: 32 }),
  ),
});

export const conditionsByAncestor = object({
  ancestors: list(
    object({
      ancestorRef: object({ ...reference(), sectionName: optional(sectionName()), port: optional(portNumber()) }),
      controllerName: text({ minLength: 1, maxLength: 253, pattern: domainPrefixedPath }),
      conditions: conditions(),
    }),
    { maxItems: 16 },
  ),
});
