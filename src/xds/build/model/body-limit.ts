/**
 * A limit on the body of a route that is chosen after the body was read. The buffer filter refuses what it counts while
 * it arrives; what the transform filter has held before is measured by it, and a route in front answers.
 */
import type { Route } from "../../../gen/envoy/config/route/v3/route_components.ts";
import { bodyBytesHeader } from "../../../lib/wire.ts";
import type { RouteIr } from "../../../model/ir.ts";
import { sortedByName } from "../any.ts";
import { holdBody } from "./hold-body.ts";

export function limitsHeldBodies(route: RouteIr): boolean {
  return limitOf(route) !== undefined;
}

/** `common`: the route's own name, match, metadata and filters. */
export function tooLargeRoutes(route: RouteIr, common: Route): readonly Route[] {
  const limit = limitOf(route);
  if (limit === undefined) return [];
  const tooLarge = {
    name: bodyBytesHeader,
    headerMatchSpecifier: { $case: "rangeMatch", value: { start: limit + 1, end: Number.MAX_SAFE_INTEGER } },
  } as const;
  return [
    {
      ...common,
      name: `${common.name}/too-large`,
      match: { ...common.match, headers: [...(common.match?.headers ?? []), tooLarge] },
      action: { $case: "directResponse", value: { status: 413 } },
      typedPerFilterConfig: sortedByName({ ...common.typedPerFilterConfig, ...holdBody() }),
    },
  ];
}

function limitOf({ body, action }: RouteIr): number | undefined {
  return action.kind === "forward" && body !== "none" ? action.bodyLimitBytes : undefined;
}
