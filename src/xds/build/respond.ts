import type { Route } from "../../gen/envoy/config/route/v3/route_components.ts";
import type { RespondIr, RouteIr } from "../../model/ir.ts";
import { type HeaderFields, headerFields, literalFormat } from "./header-mutation.ts";
import { openAiError } from "./model/openai-error.ts";

/** What an action makes of a route. */
export type RouteParts = Pick<Route, "action"> & HeaderFields;

/** A route that answers by itself: in OpenAI's form where the client speaks to a model, else as text. */
export function respond({ status, reason }: RespondIr, route: RouteIr): RouteParts {
  const body =
    route.body === "needs"
      ? {
          bodyFormat: openAiError({
            message: literalFormat(reason),
            type: errorType(status),
            code: "route_unavailable",
          }),
        }
      : { body: { specifier: { $case: "inlineString", value: reason } as const } };
  return {
    action: { $case: "directResponse", value: { status, ...(reason === "" ? {} : body) } },
    ...headerFields(route.requestHeaders, route.responseHeaders),
  };
}

function errorType(status: number): "invalid_request_error" | "server_error" {
  return status < 500 ? "invalid_request_error" : "server_error";
}
