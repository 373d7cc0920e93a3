import type { TypedExtensionConfig } from "../../gen/envoy/config/core/v3/extension.ts";
import { HeaderMutation } from "../../gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation.ts";
import { reservedHeaders } from "../../lib/wire.ts";
import { extension } from "./any.ts";

/** Before any route is looked up or any filter runs: what later carries these names was set by the gateway. */
export function stripReservedHeaders(): TypedExtensionConfig {
  return extension("envoy.http.early_header_mutation.header_mutation", HeaderMutation, {
    mutations: [
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
