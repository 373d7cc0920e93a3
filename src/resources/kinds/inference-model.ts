import { groupName, kindName, objectName } from "../gateway-api/shapes.ts";
import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import {
  type Admitted,
  defaulted,
  immutable,
  integer,
  keyword,
  list,
  object,
  oneOf,
  optional,
  text,
} from "../schema.ts";
import { inferenceGroupV1Alpha2 } from "./inference-pool.ts";

const spec = object({
  modelName: immutable(text({ maxLength: 256 }), "modelName is immutable"),
  /** The published guide spells the lowest level "Schedulable". */
  criticality: optional(
    oneOf(["Critical", "Standard", "Sheddable"], { [keyword.aliases]: { Schedulable: "Sheddable" } }),
  ),
  targetModels: optional(
    list(object({ name: text({ maxLength: 253 }), weight: optional(integer(1, 1_000_000)) }), {
      maxItems: 10,
      rules: {
        "Weights should be set for all models, or none of the models.": (self) =>
          self.every((one) => one.weight !== undefined) || self.every((one) => one.weight === undefined),
      },
    }),
  ),
  poolRef: object({
    group: defaulted(groupName(), inferenceGroupV1Alpha2),
    kind: defaulted(kindName(), "InferencePool"),
    name: objectName(),
  }),
});

export type InferenceModel = K8sObject<"InferenceModel", Admitted<typeof spec>>;

export const inferenceModel = {
  group: inferenceGroupV1Alpha2,
  version: "v1alpha2",
  otherVersions: [],
  kind: "InferenceModel",
  plural: "inferencemodels",
  scope: "Namespaced",
  collection: "inferenceModels",
  body: object({ spec }),
  nameSyntax: "dns-subdomain",
} as const satisfies KindDeclaration;
