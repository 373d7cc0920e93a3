/**
 * The last routes of a virtual host that needs the model: what is answered when no rule matches. They are also the
 * first match of a request whose rules all name the model, so that the body is read and the route chosen again; the
 * transform filter of the virtual host must therefore stay on for them.
 */
import type { DirectResponseAction, Route, RouteMatch } from "../../../gen/envoy/config/route/v3/route_components.ts";
import { modelHeader } from "../../../lib/wire.ts";
import type { ModelHostIr } from "../../../model/ir.ts";
import { setHeader } from "../header-mutation.ts";
import { headerMatcher } from "../match.ts";
import { openAiError } from "./openai-error.ts";
import { leaveBodyAlone } from "./transform.ts";

/** Length of a whole direct response of these routes that is a literal body; Envoy refuses one above its limit. */
export interface FallbackRoutes {
  readonly routes: readonly Route[];
  readonly longestBody: number;
}

export function fallbackRoutes(model: ModelHostIr): FallbackRoutes {
  const list = modelList(model.servedModels);
  const routes: readonly Route[] = [
    {
      ...respond("model-list", modelListMatch, {
        status: 200,
        body: { specifier: { $case: "inlineString", value: list } },
      }),
      responseHeadersToAdd: [setHeader({ name: "content-type", value: "application/json" })],
      typedPerFilterConfig: leaveBodyAlone(),
    },
    respond(
      "model-not-found",
      anyPath([{ name: modelHeader, headerMatchSpecifier: { $case: "presentMatch", value: true } }]),
      {
        status: 404,
        bodyFormat: openAiError({
          message: `The model '%REQ(${modelHeader})%' does not exist`,
          type: "invalid_request_error",
          param: "model",
          code: "model_not_found",
        }),
      },
    ),
    badRequest("model-missing", "(?i)application/json *(;.*)?", {
      message: "The JSON body has no usable 'model': it must be an object with one non-empty string of that name",
      code: "model_required",
    }),
    badRequest("multipart", "(?i)multipart/.*", {
      message:
        "A multipart body carries no model that this gateway can read: send JSON with 'content-type: application/json'",
      code: "model_not_in_json",
    }),
    badRequest("form", "(?i)application/x-www-form-urlencoded *(;.*)?", {
      message:
        "A form body carries no model: if this is JSON, its content type is missing; with curl add -H 'content-type: application/json'",
      code: "model_not_in_json",
    }),
    respond("not-found", anyPath([]), { status: 404 }),
  ];
  return { routes, longestBody: Buffer.byteLength(list) };
}

const modelListMatch: RouteMatch = {
  pathSpecifier: { $case: "path", value: "/v1/models" },
  headers: [headerMatcher({ name: ":method", type: "exact", value: "GET" })],
};

/** https://platform.openai.com/docs/api-reference/models/list */
function modelList(names: readonly string[]): string {
  return JSON.stringify({
    object: "list",
    data: names.map((id) => ({ id, object: "model", created: 0, owned_by: "antechamber" })),
  });
}

function badRequest(
  name: string,
  contentType: string,
  error: { readonly message: string; readonly code: string },
): Route {
  const match = anyPath([
    headerMatcher({ name: ":method", type: "exact", value: "POST" }),
    headerMatcher({ name: "content-type", type: "regex", value: contentType }),
  ]);
  return respond(name, match, {
    status: 400,
    bodyFormat: openAiError({ ...error, type: "invalid_request_error", param: "model" }),
  });
}

function anyPath(headers: NonNullable<RouteMatch["headers"]>): RouteMatch {
  return { pathSpecifier: { $case: "prefix", value: "/" }, headers };
}

function respond(name: string, match: RouteMatch, response: DirectResponseAction): Route {
  return { name: `antechamber/${name}`, match, action: { $case: "directResponse", value: response } };
}
