import { defaulted, list, object, optional } from "../schema.ts";
import { gatewayGroup, groupName, kindName, namespaceName, objectName, portNumber, sectionName } from "./shapes.ts";

interface ParentRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly sectionName?: string;
  readonly port?: number;
}

const parentOf = (ref: ParentRef): string => `${ref.group}/${ref.kind}/${ref.namespace ?? ""}/${ref.name}`;

/** A part is named by both or by neither. */
const samePrecision = (a: ParentRef, b: ParentRef): boolean =>
  (a.sectionName === undefined) === (b.sectionName === undefined) && (a.port === undefined) === (b.port === undefined);

export const parentReferences = () =>
  list(
    object({
      group: defaulted(groupName(), gatewayGroup),
      kind: defaulted(kindName(), "Gateway"),
      namespace: optional(namespaceName()),
      name: objectName(),
      sectionName: optional(sectionName()),
      port: optional(portNumber()),
    }),
    {
      maxItems: 32,
      rules: {
        "sectionName or port must be specified when parentRefs includes 2 or more references to the same parent": (
          self,
        ) => self.every((a) => self.every((b) => parentOf(a) !== parentOf(b) || samePrecision(a, b))),
        "sectionName or port must be unique when parentRefs includes 2 or more references to the same parent": (self) =>
          new Set(self.map((ref) => `${parentOf(ref)}/${ref.sectionName ?? ""}/${ref.port ?? ""}`)).size ===
          self.length,
      },
    },
  );
