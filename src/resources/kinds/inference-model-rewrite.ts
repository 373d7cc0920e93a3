import { groupName, kindName, objectName } from "../gateway-api/shapes.ts";
import type { KindDeclaration } from "../kind.ts";
import type { K8sObject } from "../object.ts";
import { type Admitted, defaulted, integer, list, object, oneOf, optional, text } from "../schema.ts";
import { inferenceGroupV1, inferenceGroupV1Alpha2 } from "./inference-pool.ts";

const match = object({
  model: object({ type: defaulted(optional(oneOf(["Exact"])), "Exact"), value: text({ minLength: 1 }) }),
});

const spec = object({
  poolRef: object({
    group: defaulted(groupName(), inferenceGroupV1),
    kind: defaulted(kindName(), "InferencePool"),
    name: objectName(),
  }),
  rules: list(
    object({
      /** Any of them; none takes every model. */
      matches: optional(list(match)),
      targets: optional(
        list(object({ modelRewrite: text(), weight: optional(integer(1, 1_000_000)) }), { minItems: 1 }),
      ),
    }),
  ),
});

export type InferenceModelRewrite = K8sObject<"InferenceModelRewrite", Admitted<typeof spec>>;

export const inferenceModelRewrite = {
  group: inferenceGroupV1Alpha2,
  version: "v1alpha2",
  otherVersions: [],
  kind: "InferenceModelRewrite",
  plural: "inferencemodelrewrites",
  scope: "Namespaced",
  collection: "inferenceModelRewrites",
  body: object({ spec }),
  nameSyntax: "dns-subdomain",
} as const satisfies KindDeclaration;
