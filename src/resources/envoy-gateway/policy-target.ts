/** Which objects a policy is for. */
import { gatewayGroup, groupName, kindName, labelSelector, objectName, sectionName } from "../gateway-api/shapes.ts";
import { defaulted, list, mapOf, object, oneOf, optional, text } from "../schema.ts";

export const targetReference = () =>
  object({ group: groupName(), kind: kindName(), name: objectName(), sectionName: optional(sectionName()) });

const namespaces = object(
  { from: defaulted(oneOf(["Same", "All", "Selector"]), "Same"), selector: optional(labelSelector()) },
  {
    "selector must be specified when from is Selector": (self) =>
      self.from !== "Selector" || self.selector !== undefined,
  },
);

export const targetSelectors = () =>
  list(
    object(
      {
        group: defaulted(groupName(), gatewayGroup),
        kind: kindName(),
        matchLabels: optional(mapOf(text())),
        matchExpressions: optional(list(object({ key: text(), operator: text(), values: optional(list(text())) }))),
        namespaces: optional(namespaces),
      },
      { "group must be gateway.networking.k8s.io": (self) => self.group === gatewayGroup },
    ),
  );
