import { type Route, type RouteAction, VirtualHost } from "../../gen/envoy/config/route/v3/route_components.ts";
import { assertNever } from "../../lib/assert-never.ts";
import type { ActionIr, ClusterKey, ForwardIr, RouteIr } from "../../model/ir.ts";
import { originKey } from "../names.ts";
import { type AnyByName, duration, sortedByName } from "./any.ts";
import { clusterSpecifier } from "./backends.ts";
import { headerFields } from "./header-mutation.ts";
import { routeMatch } from "./match.ts";
import { holdBody } from "./model/hold-body.ts";
import { leaveBodyAlone } from "./model/transform.ts";
import { poolRouteAction } from "./pool/route.ts";
import { provenance } from "./provenance.ts";
import { type RouteParts, respond } from "./respond.ts";

/** An encoded route, as it stands in the bytes of its virtual host, and what the resource around it must know. */
export interface EncodedRoute {
  readonly framed: Uint8Array;
  readonly origin: string;
  readonly needs: readonly ClusterKey[];
  /** Bytes of its direct response; 0 where it has none. */
  readonly directBody: number;
}

/** `modelHost`: the virtual host has filters that read bodies, so a route that needs none of them says so. */
export function encodeRoute(route: RouteIr, modelHost: boolean): EncodedRoute {
  const action = actionParts(route);
  const message: Route = {
    name: route.name,
    match: routeMatch(route.match),
    metadata: provenance(route.origin),
    ...action.fields,
    typedPerFilterConfig: sortedByName({
      ...(modelHost ? bodyFilters(route) : {}),
      ...action.filters,
    }),
  };
  return {
    framed: VirtualHost.encode({ routes: [message] }).finish(),
    origin: originKey(route.origin),
    needs: clustersOf(route.action),
    directBody: directBody(message),
  };
}

function bodyFilters({ body, action }: RouteIr): AnyByName {
  if (body === "none") return leaveBodyAlone();
  return action.kind === "respond" ? holdBody() : {};
}

interface ActionParts {
  readonly fields: RouteParts;
  readonly filters: AnyByName;
}

function actionParts(route: RouteIr): ActionParts {
  const { action } = route;
  switch (action.kind) {
    case "respond":
      return { fields: respond(action, route), filters: {} };
    case "forward": {
      const { specifier, filters, notFound } = clusterSpecifier(action);
      const value: RouteAction = {
        ...timeouts(action),
        ...(hasPool(action) ? poolRouteAction : {}),
        clusterSpecifier: specifier,
        ...notFound,
      };
      return {
        fields: { action: { $case: "route", value }, ...headerFields(route.requestHeaders, route.responseHeaders) },
        filters,
      };
    }
    default:
      return assertNever(action);
  }
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

function clustersOf(action: ActionIr): readonly ClusterKey[] {
  if (action.kind === "respond") return [];
  return action.backends.flatMap(({ target }) => (target.kind === "cluster" ? [target.cluster] : []));
}

function directBody({ action }: Route): number {
  if (action?.$case !== "directResponse") return 0;
  const source = action.value.body?.specifier;
  return source?.$case === "inlineString" ? Buffer.byteLength(source.value) : 0;
}
