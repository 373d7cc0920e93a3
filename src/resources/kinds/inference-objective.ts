import { groupName, kindName, objectName } from "../gateway-api/shapes.ts";
import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import { type Admitted, defaulted, integer, object, optional } from "../schema.ts";
import { inferenceGroupV1, inferenceGroupV1Alpha2 } from "./inference-pool.ts";

const spec = object({
  /** Higher first; none is 0. */
  priority: optional(integer()),
  poolRef: object({
    group: defaulted(groupName(), inferenceGroupV1),
    kind: defaulted(kindName(), "InferencePool"),
    name: objectName(),
  }),
});

export type InferenceObjective = K8sObject<"InferenceObjective", Admitted<typeof spec>>;

export const inferenceObjective = {
  group: inferenceGroupV1Alpha2,
  version: "v1alpha2",
  otherVersions: [],
  kind: "InferenceObjective",
  plural: "inferenceobjectives",
  scope: "Namespaced",
  collection: "inferenceObjectives",
  body: object({ spec }),
  nameSyntax: "dns-subdomain",
} as const satisfies KindDeclaration;
