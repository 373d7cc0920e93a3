import {
  type GatewayIr,
  type MatchIr,
  noHeaderMutation,
  type PortIr,
  type RouteIr,
  type ValueMatchIr,
  type VirtualHostIr,
} from "../../model/ir.ts";
import type { HeldOrigin, HeldOrigins } from "../held.ts";
import { originKey, routeConfigurationName } from "../names.ts";

/** What the Gateway had in the place of `port`. */
export function sameTable(gateway: GatewayIr | undefined, port: PortIr): PortIr | undefined {
  const name = routeConfigurationName(port);
  return gateway?.ports.find((candidate) => routeConfigurationName(candidate) === name);
}

/** The virtual host with the routes of held origins as they were accepted; the same object where none is held. */
export function heldRoutes(port: PortIr, virtualHost: VirtualHostIr, held: HeldOrigins): VirtualHostIr {
  const accepted = [...held].map(([key, holding]) => lastRoutes(port, virtualHost.host, key, holding));
  const touched = accepted.some(({ own }) => own.size > 0) || virtualHost.routes.some((route) => isHeld(route, held));
  if (!touched) return virtualHost;
  const kept: RouteIr[] = [];
  const wide: RouteIr[] = [];
  for (const route of virtualHost.routes) {
    const holding = held.get(originKey(route.origin));
    if (holding === undefined) kept.push(route);
    else if (holding.last === undefined) (hasRegex(route.match) ? wide : kept).push(refusal(route, holding.reason));
  }
  return { ...virtualHost, routes: [...accepted.reduce(insert, kept), ...wide] };
}

function isHeld(route: RouteIr, held: HeldOrigins): boolean {
  return held.has(originKey(route.origin));
}

/** The accepted order of a host's routes, and which of them are the held origin's. */
interface LastRoutes {
  readonly order: readonly RouteIr[];
  readonly own: ReadonlySet<RouteIr>;
}

function lastRoutes(port: PortIr, host: string, key: string, { last }: HeldOrigin): LastRoutes {
  const order = sameTable(last, port)?.virtualHosts.find((candidate) => candidate.host === host)?.routes ?? [];
  return { order, own: new Set(order.filter((route) => originKey(route.origin) === key)) };
}

/** Each held route goes behind the nearest route that was before it and is still here. */
function insert(routes: readonly RouteIr[], { order, own }: LastRoutes): readonly RouteIr[] {
  const present = new Set(routes.map(({ name }) => name));
  const first: RouteIr[] = [];
  const behind = new Map<string, RouteIr[]>();
  let place = first;
  for (const route of order) {
    if (own.has(route)) place.push(route);
    else if (present.has(route.name)) {
      place = [];
      behind.set(route.name, place);
    }
  }
  return [...first, ...routes.flatMap((route) => [route, ...(behind.get(route.name) ?? [])])];
}

/**
 * What was refused may be the match itself, most likely a regular expression. So those are widened to what needs none
 * of the user's text, and the route goes last, where it takes only what no other rule does.
 */
function refusal({ name, origin, match, body }: RouteIr, reason: string): RouteIr {
  return {
    name,
    origin,
    body,
    match: withoutRegex(match),
    action: { kind: "respond", status: 500, reason },
    requestHeaders: noHeaderMutation,
    responseHeaders: noHeaderMutation,
  };
}

function hasRegex({ path, headers, query }: MatchIr): boolean {
  return [path, ...headers, ...query].some(({ type }) => type === "regex");
}

function withoutRegex(match: MatchIr): MatchIr {
  return {
    ...match,
    path: match.path.type === "regex" ? { type: "prefix", value: literalSegments(match.path.value) } : match.path,
    headers: match.headers.map(anyValue),
    query: match.query.map(anyValue),
  };
}

function anyValue(match: ValueMatchIr): ValueMatchIr {
  return match.type === "regex" ? { ...match, value: ".*" } : match;
}

/** "/v1/models/[a-z]+" -> "/v1/models": whole path segments before the first character that is special. */
function literalSegments(regex: string): string {
  if (regex.includes("|")) return "/";
  const literal = /^\^?([\w\-~/]*)/.exec(regex)?.[1] ?? "";
  return literal.slice(0, literal.lastIndexOf("/")) || "/";
}
