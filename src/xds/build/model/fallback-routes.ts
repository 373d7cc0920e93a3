/**
 * The last routes of a virtual host that needs the model: what is answered when no rule matches. They are also the
 * first match of a request whose rules all name the model, so that the body is read and the route chosen again; the
 * transform filter of the virtual host must therefore stay on for what may be JSON.
 */
import type {
  DirectResponseAction,
  HeaderMatcher,
  Route,
  RouteMatch,
} from "../../../gen/envoy/config/route/v3/route_components.ts";
import { modelHeader } from "../../../lib/wire.ts";
import type { ModelHostIr } from "../../../model/ir.ts";
import { setHeader } from "../header-mutation.ts";
import { headerMatcher } from "../match.ts";
import { holdBody } from "./hold-body.ts";
import { openAiError } from "./openai-error.ts";
import { leaveBodyAlone } from "./transform.ts";

export interface FallbackRoutes {
  readonly routes: readonly Route[];
  /** Bytes of the longest literal direct response: Envoy refuses one above its limit. */
  readonly longestBody: number;
}

export function fallbackRoutes(model: ModelHostIr): FallbackRoutes {
  const list = modelList(model.servedModels);
  return { routes: [listRoute(list), ...sameForAllHosts], longestBody: Buffer.byteLength(list) };
}

function listRoute(list: string): Route {
  const match: RouteMatch = { pathSpecifier: { $case: "path", value: "/v1/models" }, headers: [method("GET")] };
  return {
    ...respond("model-list", match, { status: 200, body: { specifier: { $case: "inlineString", value: list } } }),
    responseHeadersToAdd: [setHeader({ name: "content-type", value: "application/json" })],
    typedPerFilterConfig: leaveBodyAlone(),
  };
}

/** https://platform.openai.com/docs/api-reference/models/list */
function modelList(names: readonly string[]): string {
  return JSON.stringify({
    object: "list",
    data: names.map((id) => ({ id, object: "model", created: 0, owned_by: "antechamber" })),
  });
}

const json = contentType("application/json *(;.*)?");

const sameForAllHosts: readonly Route[] = [
  respond("model-not-found", anyPath(hasModel()), {
    status: 404,
    bodyFormat: openAiError({
      message: `The model '%REQ(${modelHeader})%' does not exist`,
      type: "invalid_request_error",
      param: "model",
      code: "model_not_found",
    }),
  }),
  {
    ...badRequest("model-missing", json, 'the JSON body has no usable string "model", of which there must be one'),
    typedPerFilterConfig: holdBody(),
  },
  badRequest(
    "multipart",
    contentType("multipart/.*"),
    "a multipart body carries no model that a gateway can read; it is read from JSON only (content-type: application/json)",
  ),
  badRequest(
    "form",
    contentType("application/x-www-form-urlencoded *(;.*)?"),
    "a form carries no model; if the body is JSON, its content type is missing: with curl add -H 'content-type: application/json'",
  ),
  { ...respond("not-found-json", anyPath(json), { status: 404 }), typedPerFilterConfig: holdBody() },
  respond("not-found", anyPath(), { status: 404 }),
];

function badRequest(name: string, body: HeaderMatcher, why: string): Route {
  return respond(name, anyPath(method("POST"), body), {
    status: 400,
    bodyFormat: openAiError({
      message: `Cannot route the request: ${why}`,
      type: "invalid_request_error",
      param: "model",
      code: "model_required",
    }),
  });
}

function respond(name: string, match: RouteMatch, response: DirectResponseAction): Route {
  return { name: `antechamber/${name}`, match, action: { $case: "directResponse", value: response } };
}

function anyPath(...headers: HeaderMatcher[]): RouteMatch {
  return { pathSpecifier: { $case: "prefix", value: "/" }, headers };
}

function hasModel(): HeaderMatcher {
  return { name: modelHeader, headerMatchSpecifier: { $case: "presentMatch", value: true } };
}

function method(value: string): HeaderMatcher {
  return headerMatcher({ name: ":method", type: "exact", value });
}

function contentType(regex: string): HeaderMatcher {
  return headerMatcher({ name: "content-type", type: "regex", value: `(?i)${regex}` });
}
