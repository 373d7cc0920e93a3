import { VirtualHost } from "../../gen/envoy/config/route/v3/route_components.ts";
import { bodyBytesHeader, bodyFieldHeaders, clientClaimHeaders, maxBodyBytes } from "../../lib/wire.ts";
import type { Origin, RouteIr, VirtualHostIr } from "../../model/ir.ts";
import { sortedByName } from "./any.ts";
import { concatenate } from "./concatenate.ts";
import { inertCorsFilter } from "./cors.ts";
import { limitsHeldBodies } from "./model/body-limit.ts";
import { fallbackRoutes } from "./model/fallback-routes.ts";
import { readModelFromBody } from "./model/transform.ts";
import { asksExternalPicker, inertExternalPickerFilters } from "./pool/external-picker.ts";
import { inertUsageFilters, wantsUsage } from "./pool/token-usage.ts";
import { inertPoolFilters } from "./pool/virtual-host.ts";
import { provenance } from "./provenance.ts";
import type { EncodedRoute } from "./route.ts";
import { inertTrafficFilters } from "./traffic/filters.ts";

export interface EncodedVirtualHost {
  readonly body: Uint8Array;
  readonly origins: ReadonlySet<string>;
  readonly needs: ReadonlySet<string>;
  /** Longest literal direct response, bytes. */
  readonly longestBody: number;
}

/** The rules in their order, then on a host that needs the model what is answered when none of them matches. */
export function encodeVirtualHost(
  virtualHost: VirtualHostIr,
  routes: readonly EncodedRoute[],
  gateway: Origin,
): EncodedVirtualHost {
  const { host, model } = virtualHost;
  const fallback = model === undefined ? { routes: [], longestBody: 0 } : fallbackRoutes(model);
  const head: VirtualHost = {
    name: host,
    domains: [host],
    metadata: provenance(gateway),
    requestHeadersToRemove: Object.values(clientClaimHeaders),
  };
  const tail: VirtualHost = {
    routes: [...fallback.routes],
    ...(model === undefined ? {} : modelHost(virtualHost.routes)),
  };
  return {
    body: concatenate([
      VirtualHost.encode(head).finish(),
      ...routes.map(({ framed }) => framed),
      VirtualHost.encode(tail).finish(),
    ]),
    origins: new Set(routes.map(({ origin }) => origin)),
    needs: new Set(routes.flatMap(({ needs }) => needs)),
    longestBody: routes.reduce((longest, { directBody }) => Math.max(longest, directBody), fallback.longestBody),
  };
}

function modelHost(routes: readonly RouteIr[]): VirtualHost {
  const measure = routes.some(limitsHeldBodies);
  return {
    // Bodies are held before the route is known, so their limit is the virtual host's.
    requestBodyBufferLimit: maxBodyBytes,
    requestHeadersToRemove: [...Object.values(bodyFieldHeaders), ...(measure ? [bodyBytesHeader] : [])],
    typedPerFilterConfig: sortedByName({
      ...readModelFromBody({ measure }),
      ...(routes.some(({ cors }) => cors !== undefined) ? inertCorsFilter() : {}),
      ...inertTrafficFilters(routes),
      ...inertPoolFilters(),
      ...(routes.some(asksExternalPicker) ? inertExternalPickerFilters() : {}),
      ...(routes.some(wantsUsage) ? inertUsageFilters() : {}),
    }),
  };
}
