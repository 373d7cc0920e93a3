import type { HeaderMutation as Mutation } from "../../gen/envoy/config/common/mutation_rules/v3/mutation_rules.ts";
import { HeaderValueOption_HeaderAppendAction as Append } from "../../gen/envoy/config/core/v3/base.ts";
import type { TypedExtensionConfig } from "../../gen/envoy/config/core/v3/extension.ts";
import { HeaderMutation } from "../../gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation.ts";
import { clientClaimHeaders, fairnessHeaders, objectiveHeaders, reservedHeaders } from "../../lib/wire.ts";
import { extension } from "./any.ts";

/** Before any route is looked up or any filter runs: what later carries these names was set by the gateway. */
export function stripReservedHeaders(): TypedExtensionConfig {
  return extension("envoy.http.early_header_mutation.header_mutation", HeaderMutation, {
    mutations: [
      ...keepClientClaims(),
      ...reservedHeaders.map((header) => ({ action: { $case: "remove", value: header } as const })),
      {
        action: {
          $case: "removeOnMatch",
          value: { keyMatcher: { matchPattern: { $case: "prefix", value: "x-envoy-" } } },
        },
      },
    ],
  });
}

/** A header that is absent is not copied. */
function keepClientClaims(): readonly Mutation[] {
  return [
    { key: clientClaimHeaders.objective, from: objectiveHeaders },
    { key: clientClaimHeaders.fairnessId, from: fairnessHeaders },
  ].flatMap(({ key, from }): Mutation[] => [
    { action: { $case: "remove", value: key } },
    {
      action: {
        $case: "append",
        value: {
          appendAction: Append.OVERWRITE_IF_EXISTS_OR_ADD,
          header: { key, value: `%REQ(${from.join("?")})%` },
        },
      },
    },
  ]);
}
