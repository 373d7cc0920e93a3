import type {
  HeaderMatcher,
  QueryParameterMatcher,
  RouteMatch,
} from "../../gen/envoy/config/route/v3/route_components.ts";
import type { StringMatcher } from "../../gen/envoy/type/matcher/v3/string.ts";
import type { MatchIr, TextMatchIr, ValueMatchIr } from "../../model/ir.ts";

export function routeMatch(match: MatchIr): RouteMatch {
  const method: HeaderMatcher[] =
    match.method === undefined ? [] : [headerMatcher({ name: ":method", type: "exact", value: match.method })];
  return {
    pathSpecifier: pathSpecifier(match.path),
    headers: [...method, ...match.headers.map(headerMatcher)],
    queryParameters: match.query.map(queryMatcher),
  };
}

export function headerMatcher(match: ValueMatchIr): HeaderMatcher {
  return { name: match.name, headerMatchSpecifier: { $case: "stringMatch", value: textMatcher(match) } };
}

function queryMatcher(match: ValueMatchIr): QueryParameterMatcher {
  return { name: match.name, queryParameterMatchSpecifier: { $case: "stringMatch", value: textMatcher(match) } };
}

/** Envoy's regular expressions match the whole value. */
export function textMatcher({ type, value }: TextMatchIr): StringMatcher {
  return type === "regex"
    ? { matchPattern: { $case: "safeRegex", value: { regex: value } } }
    : { matchPattern: { $case: type, value } };
}

/**
 * A prefix of the Gateway API ends at a path segment; Envoy's path_separated_prefix does too, but takes neither "/"
 * nor a trailing slash. https://gateway-api.sigs.k8s.io/reference/spec/#pathmatchtype
 */
function pathSpecifier(path: MatchIr["path"]): NonNullable<RouteMatch["pathSpecifier"]> {
  switch (path.type) {
    case "exact":
      return { $case: "path", value: path.value };
    case "regex":
      return { $case: "safeRegex", value: { regex: path.value } };
    case "prefix": {
      const value = path.value.replace(/\/+$/, "");
      return value === "" ? { $case: "prefix", value: "/" } : { $case: "pathSeparatedPrefix", value };
    }
  }
}
