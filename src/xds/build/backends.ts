import {
  RouteAction_ClusterNotFoundResponseCode as NotFoundCode,
  type RouteAction,
  type WeightedCluster,
  type WeightedCluster_ClusterWeight,
} from "../../gen/envoy/config/route/v3/route_components.ts";
import type { BackendIr, ForwardIr } from "../../model/ir.ts";
import { missingBackend } from "../names.ts";
import { type AnyByName, sortedByName } from "./any.ts";
import { headerFields, isEmpty } from "./header-mutation.ts";
import { poolRouteFilters } from "./pool/route.ts";

export interface ClusterSpecifier {
  readonly specifier: NonNullable<RouteAction["clusterSpecifier"]>;
  /** typed_per_filter_config of the route; a weighted one has its own per cluster. */
  readonly filters: AnyByName;
  readonly notFound: Pick<RouteAction, "clusterNotFoundResponseCode">;
  /** The route's; weighted clusters have their own where one of them differs, since the route's would win. */
  readonly rewriteHostname?: string;
}

/**
 * A share whose reference is not resolved names a cluster that never exists, which Envoy answers with 500. All others
 * exist in the snapshot: one without endpoints answers 503.
 */
export function clusterSpecifier(action: ForwardIr): ClusterSpecifier {
  const backends = action.backends.filter(({ weight }) => weight > 0);
  const notFound = backends.some(({ target }) => target.kind === "missing")
    ? { clusterNotFoundResponseCode: NotFoundCode.INTERNAL_SERVER_ERROR }
    : {};
  const hostname = action.rewrite?.hostname;
  const [only, ...others] = backends;
  if (only !== undefined && others.length === 0 && isEmpty(only.requestHeaders) && isEmpty(only.responseHeaders)) {
    return {
      specifier: { $case: "cluster", value: clusterName(only) },
      filters: backendFilters(only, action),
      notFound,
      ...rewriteTo(only.rewriteHostname ?? hostname),
    };
  }
  const ownHosts = backends.some(({ rewriteHostname }) => rewriteHostname !== undefined);
  const clusters = backends.map((backend) =>
    clusterWeight(backend, action, ownHosts ? (backend.rewriteHostname ?? hostname) : undefined),
  );
  return {
    specifier: { $case: "weightedClusters", value: { clusters, ...choice(action) } },
    filters: {},
    notFound,
    ...rewriteTo(ownHosts ? undefined : hostname),
  };
}

function choice({ hash = [] }: ForwardIr): Pick<WeightedCluster, "randomValueSpecifier"> {
  return hash.length === 0 ? {} : { randomValueSpecifier: { $case: "useHashPolicy", value: true } };
}

function rewriteTo(rewriteHostname: string | undefined): Pick<ClusterSpecifier, "rewriteHostname"> {
  return rewriteHostname === undefined ? {} : { rewriteHostname };
}

function clusterWeight(
  backend: BackendIr,
  action: ForwardIr,
  rewriteHostname: string | undefined,
): WeightedCluster_ClusterWeight {
  return {
    name: clusterName(backend),
    weight: backend.weight,
    ...headerFields(backend.requestHeaders, backend.responseHeaders),
    ...(rewriteHostname === undefined
      ? {}
      : { hostRewriteSpecifier: { $case: "hostRewriteLiteral", value: rewriteHostname } }),
    typedPerFilterConfig: sortedByName(backendFilters(backend, action)),
  };
}

function clusterName({ target }: BackendIr): string {
  return target.kind === "cluster" ? target.cluster : missingBackend;
}

function backendFilters({ target }: BackendIr, action: ForwardIr): AnyByName {
  const { timeoutMs, wholeTimeoutMs, bodyLimitBytes } = action;
  if (target.kind === "missing" || target.pool === undefined) return {};
  return poolRouteFilters({
    pool: target.pool,
    cluster: target.cluster,
    waitMs: wholeTimeoutMs ?? timeoutMs,
    bodyLimitBytes,
  });
}
