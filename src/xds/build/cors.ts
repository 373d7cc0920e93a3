/**
 * Fetch's CORS protocol on a route. Answers get their headers from Envoy's filter. Preflights, which carry neither the
 * body nor the headers that a rule may match, get routes of their own that answer, so that none waits for a server.
 * https://gateway-api.sigs.k8s.io/geps/gep-1767/
 */
import {
  HeaderValueOption_HeaderAppendAction as Append,
  type HeaderValueOption,
} from "../../gen/envoy/config/core/v3/base.ts";
import type { HeaderMatcher, Route } from "../../gen/envoy/config/route/v3/route_components.ts";
import { Cors, CorsPolicy } from "../../gen/envoy/extensions/filters/http/cors/v3/cors.ts";
import type { HttpFilter } from "../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts";
import type { StringMatcher } from "../../gen/envoy/type/matcher/v3/string.ts";
import type { CorsIr, MatchIr } from "../../model/ir.ts";
import { type AnyByName, pack } from "./any.ts";
import { filterNames } from "./filter-names.ts";
import { literalFormat } from "./header-mutation.ts";
import { headerMatcher, routeMatch } from "./match.ts";

export function corsFilter(): HttpFilter {
  return {
    name: filterNames.cors,
    disabled: true,
    configType: { $case: "typedConfig", value: pack(Cors, {}) },
  };
}

/** typed_per_filter_config of a route. */
export function corsRouteFilter({ origins, exposed, credentials }: CorsIr): AnyByName {
  return {
    [filterNames.cors]: pack(CorsPolicy, {
      allowOriginStringMatch: origins.map(originMatcher),
      exposeHeaders: exposed.join(", "),
      allowCredentials: credentials,
    }),
  };
}

/** For a virtual host whose requests find their route after their body was read: the filter has to be there by then. */
export function inertCorsFilter(): AnyByName {
  return { [filterNames.cors]: pack(CorsPolicy, { filterEnabled: { defaultValue: { numerator: 0 } } }) };
}

/**
 * One per origin, which is simpler to check than one large expression, then one that allows nothing. Only path, query
 * and the method asked for tell whose preflight it is: of several such rules the first answers.
 */
export function preflightRoutes(match: MatchIr, cors: CorsIr, route: Route): readonly Route[] {
  const { pathSpecifier, queryParameters } = routeMatch({ ...match, headers: [] });
  const answer = (origin: HeaderMatcher, headers: readonly HeaderValueOption[]): Route => ({
    name: `${route.name}/cors-preflight`,
    match: { pathSpecifier, headers: [isOptions, origin, asksFor(match.method)], queryParameters },
    metadata: route.metadata,
    action: { $case: "directResponse", value: { status: 204 } },
    responseHeadersToAdd: [...headers],
  });
  const allowed = allowance(cors);
  return [
    ...cors.origins.map((origin) =>
      answer({ name: "origin", headerMatchSpecifier: { $case: "stringMatch", value: originMatcher(origin) } }, allowed),
    ),
    answer(present("origin"), []),
  ];
}

/** "*" stands for everything only where the client sends no credentials; else what is asked for is repeated. */
function allowance({ methods, headers, exposed, credentials, maxAgeSeconds }: CorsIr): readonly HeaderValueOption[] {
  const listed = (names: readonly string[], asked: string): string =>
    credentials && names.includes("*") ? `%REQ(${asked})%` : literalFormat(names.join(", "));
  return Object.entries({
    "access-control-allow-origin": "%REQ(origin)%",
    "access-control-allow-methods": listed(methods, requestedMethod),
    "access-control-allow-headers": listed(headers, "access-control-request-headers"),
    // Browsers read it in the answer to the request itself; conformant gateways send it here too.
    "access-control-expose-headers": literalFormat(exposed.join(", ")),
    "access-control-allow-credentials": credentials ? "true" : "",
    "access-control-max-age": String(maxAgeSeconds),
  })
    .filter(([, value]) => value !== "")
    .map(([key, value]) => ({ header: { key, value }, appendAction: Append.OVERWRITE_IF_EXISTS_OR_ADD }));
}

const isOptions = headerMatcher({ name: ":method", type: "exact", value: "OPTIONS" });
const requestedMethod = "access-control-request-method";

function asksFor(method: string | undefined): HeaderMatcher {
  return method === undefined
    ? present(requestedMethod)
    : headerMatcher({ name: requestedMethod, type: "exact", value: method });
}

function present(name: string): HeaderMatcher {
  return { name, headerMatchSpecifier: { $case: "presentMatch", value: true } };
}

/** A wildcard stands for whole labels of the host, never for a port. */
function originMatcher(origin: string): StringMatcher {
  if (!origin.includes("*")) return { matchPattern: { $case: "exact", value: origin } };
  const regex = origin === "*" ? ".*" : origin.replaceAll(/[^\w*/:-]/g, "\\$&").replace("*", "[^/:]+");
  return { matchPattern: { $case: "safeRegex", value: { regex } } };
}
