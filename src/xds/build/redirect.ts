import {
  RedirectAction_RedirectResponseCode as Code,
  type RedirectAction,
  type Route,
  type RouteMatch,
} from "../../gen/envoy/config/route/v3/route_components.ts";
import type { RedirectIr } from "../../model/ir.ts";
import { headerMatcher } from "./match.ts";
import { redirectedPath } from "./path-rewrite.ts";

/**
 * A port that goes without saying is left out of the Location. Envoy keeps the port of the request's host unless it is
 * given another, so a request that names one gets a route of its own, in front, where the port is said.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httprequestredirectfilter
 */
export function redirectRoutes(redirect: RedirectIr, route: Route): readonly Route[] {
  const { scheme, port, hostname } = redirect;
  const impliedPort = port === (scheme === "https" ? 443 : 80);
  const plain = { ...route, action: { $case: "redirect", value: action(redirect, !impliedPort) } as const };
  if (!impliedPort || hostname !== undefined) return [plain];
  const named = { $case: "redirect", value: action(redirect, true) } as const;
  return [{ ...route, name: `${route.name}/named-port`, match: withNamedPort(route.match), action: named }, plain];
}

function action({ status, scheme, hostname = "", port, path }: RedirectIr, sayPort: boolean): RedirectAction {
  return {
    schemeRewriteSpecifier: { $case: "schemeRedirect", value: scheme },
    hostRedirect: hostname,
    ...(sayPort ? { portRedirect: port } : {}),
    ...(path === undefined ? {} : redirectedPath(path)),
    responseCode: codes[status],
  };
}

const codes = {
  301: Code.MOVED_PERMANENTLY,
  302: Code.FOUND,
  303: Code.SEE_OTHER,
  307: Code.TEMPORARY_REDIRECT,
  308: Code.PERMANENT_REDIRECT,
} as const;

function withNamedPort(match: RouteMatch = {}): RouteMatch {
  const port = headerMatcher({ name: ":authority", type: "regex", value: ".*:[0-9]+" });
  return { ...match, headers: [...(match.headers ?? []), port] };
}
