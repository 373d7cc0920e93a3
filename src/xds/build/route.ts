import { type Route, type RouteAction, VirtualHost } from "../../gen/envoy/config/route/v3/route_components.ts";
import { assertNever } from "../../lib/assert-never.ts";
import { type ActionIr, type ClusterKey, clustersNamed, type ForwardIr, type RouteIr } from "../../model/ir.ts";
import { originKey } from "../names.ts";
import { type AnyByName, duration, sortedByName } from "./any.ts";
import { clusterSpecifier } from "./backends.ts";
import { corsRouteFilter, preflightRoutes } from "./cors.ts";
import { headerFields } from "./header-mutation.ts";
import { routeMatch } from "./match.ts";
import { mirrorPolicy } from "./mirror.ts";
import { tooLargeRoutes } from "./model/body-limit.ts";
import { holdBody } from "./model/hold-body.ts";
import { leaveBodyAlone } from "./model/transform.ts";
import { rewrittenPath } from "./path-rewrite.ts";
import { limitBody } from "./pool/limit-body.ts";
import { poolRouteAction } from "./pool/route-action.ts";
import { provenance } from "./provenance.ts";
import { redirectRoutes } from "./redirect.ts";
import { respond } from "./respond.ts";
import { retryPolicy } from "./retry.ts";
import { trafficRouteFilters } from "./traffic/filters.ts";
import { hashPolicies } from "./traffic/hash-policy.ts";
import { connectRoutes, upgrades } from "./traffic/upgrades.ts";

/** An encoded route, as it stands in the bytes of its virtual host, and what the resource around it must know. */
export interface EncodedRoute {
  readonly framed: Uint8Array;
  readonly origin: string;
  readonly needs: readonly ClusterKey[];
  /** Bytes of its direct response; 0 where it has none. */
  readonly directBody: number;
}

/**
 * `modelHost`: the virtual host has filters that read bodies, so a route that needs none of them says so. Each part of
 * the rule adds to the configuration of filters under a name of its own: none takes another's away.
 */
export function encodeRoute(route: RouteIr, modelHost: boolean): EncodedRoute {
  const action = settled(route.action);
  const { cors } = route;
  const common: Route = {
    name: route.name,
    match: routeMatch(route.match),
    metadata: provenance(route.origin),
    ...(modelHost ? {} : keptForRetry(action)),
  };
  const filters: AnyByName = {
    ...(modelHost ? bodyFilters(route.body, action) : {}),
    ...(cors === undefined ? {} : corsRouteFilter(cors)),
    ...trafficRouteFilters(route.traffic),
  };
  const routes = [
    ...(cors === undefined ? [] : preflightRoutes(route.match, cors, common)),
    ...actionRoutes({ ...route, action }, common, filters),
  ];
  return {
    framed: VirtualHost.encode({ routes }).finish(),
    origin: originKey(route.origin),
    needs: clustersNamed(route.action),
    directBody: Math.max(...routes.map(directBody)),
  };
}

/** Envoy cannot repeat a request whose body is larger than its buffer; hosts with a model hold bodies anyway. */
const retriedBodyBytes = 1024 * 1024;

function keptForRetry(action: ActionIr): Pick<Route, "requestBodyBufferLimit"> {
  return action.kind === "forward" && action.retry !== undefined ? { requestBodyBufferLimit: retriedBodyBytes } : {};
}

/** Without any backend that exists the reason is the answer. */
function settled(action: ActionIr): ActionIr {
  if (action.kind !== "forward") return action;
  const used = action.backends.filter(({ weight }) => weight > 0);
  const [first] = used;
  if (first?.target.kind !== "missing" || !used.every(({ target }) => target.kind === "missing")) return action;
  return { kind: "respond", status: 500, reason: first.target.reason };
}

function bodyFilters(body: RouteIr["body"], action: ActionIr): AnyByName {
  if (body === "none") return leaveBodyAlone();
  return action.kind === "forward" ? {} : holdBody();
}

/** Usually one; the first that matches is taken. */
function actionRoutes(route: RouteIr, common: Route, filters: AnyByName): readonly Route[] {
  const { action, requestHeaders, responseHeaders } = route;
  const withFilters = { ...common, typedPerFilterConfig: sortedByName(filters) };
  switch (action.kind) {
    case "respond":
      return [{ ...withFilters, ...respond(action, route) }];
    case "redirect":
      return redirectRoutes(action, { ...withFilters, ...headerFields(requestHeaders, responseHeaders) });
    case "forward": {
      const forward = forwardAction(action);
      const plain: Route = {
        ...common,
        action: { $case: "route", value: forward.action },
        ...headerFields(requestHeaders, responseHeaders),
        typedPerFilterConfig: sortedByName({ ...filters, ...forward.filters }),
      };
      return [...tooLargeRoutes(route, withFilters), plain, ...(hasPool(action) ? [] : connectRoutes(action, plain))];
    }
    default:
      return assertNever(action);
  }
}

function forwardAction(action: ForwardIr): { readonly action: RouteAction; readonly filters: AnyByName } {
  const { rewrite, mirrors, retry } = action;
  const { specifier, filters, notFound, rewriteHostname } = clusterSpecifier(action);
  return {
    action: {
      ...timeouts(action),
      ...upgrades(action),
      ...(retry === undefined ? {} : { retryPolicy: retryPolicy(retry) }),
      ...(hasPool(action) ? poolRouteAction(action) : {}),
      ...hashPolicies(action.hash),
      ...(rewrite?.path === undefined ? {} : rewrittenPath(rewrite.path)),
      ...(rewriteHostname === undefined
        ? {}
        : {
            hostRewriteSpecifier: { $case: "hostRewriteLiteral", value: rewriteHostname },
            appendXForwardedHost: true,
          }),
      requestMirrorPolicies: (mirrors ?? []).map(mirrorPolicy),
      clusterSpecifier: specifier,
      ...notFound,
    },
    filters: { ...limitBody(action.bodyLimitBytes), ...filters },
  };
}

function hasPool(action: ForwardIr): boolean {
  return action.backends.some(({ target }) => target.kind === "cluster" && target.pool !== undefined);
}

const hourMs = 3_600_000;

/** As in Envoy Gateway, a long request timeout lifts Envoy's five minutes of stream idleness too. */
function timeouts({ timeoutMs, streamIdleTimeoutMs, maxStreamDurationMs }: ForwardIr): RouteAction {
  const impliedIdleMs = timeoutMs === undefined || timeoutMs === 0 ? timeoutMs : Math.max(hourMs, timeoutMs);
  const idleMs = streamIdleTimeoutMs ?? impliedIdleMs;
  return {
    ...(timeoutMs === undefined ? {} : { timeout: duration(timeoutMs) }),
    ...(idleMs === undefined ? {} : { idleTimeout: duration(idleMs) }),
    ...(maxStreamDurationMs === undefined
      ? {}
      : { maxStreamDuration: { maxStreamDuration: duration(maxStreamDurationMs) } }),
  };
}

function directBody({ action }: Route): number {
  if (action?.$case !== "directResponse") return 0;
  const source = action.value.body?.specifier;
  return source?.$case === "inlineString" ? Buffer.byteLength(source.value) : 0;
}
