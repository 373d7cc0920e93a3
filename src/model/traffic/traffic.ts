/**
 * Reads a BackendTrafficPolicy without problems; produces what it makes of clusters and routes. Pure, and made once per
 * policy, so that equal policies give the identical objects.
 */
import { memoOn } from "../../lib/memo.ts";
import { present } from "../../lib/present.ts";
import type { BackendTrafficPolicy } from "../../resources/kinds/backend-traffic-policy.ts";
import { defaultClusterSettings } from "../clusters.ts";
import type { ClusterSettingsIr, HashIr, RetryIr, RouteTrafficIr, UpgradeIr } from "../ir.ts";
import { clusterSettings } from "./cluster.ts";
import { dropsLoadReports, hashesOf } from "./load-balancer.ts";
import { policyRetry } from "./retry.ts";
import { bodyLimitOf, routeTraffic, upgradesOf } from "./route.ts";
import { milliseconds } from "./spec.ts";

export interface PolicyTraffic {
  readonly requestTimeoutMs?: number;
  readonly streamIdleTimeoutMs?: number;
  readonly maxStreamDurationMs?: number;
  readonly cluster: ClusterSettingsIr;
  readonly route?: RouteTrafficIr;
  readonly retry?: RetryIr;
  readonly hash?: readonly HashIr[];
  readonly upgrades?: readonly UpgradeIr[];
  readonly bodyLimitBytes?: number;
  /** Answers lose the headers by which servers report their load. */
  readonly dropLoadReports: boolean;
}

export const noTraffic: PolicyTraffic = { cluster: defaultClusterSettings, dropLoadReports: false };

export const trafficOf = memoOn(({ spec }: BackendTrafficPolicy): PolicyTraffic => {
  const { http } = spec.timeout ?? {};
  const { loadBalancer, retry } = spec;
  return {
    ...present("requestTimeoutMs", milliseconds(http?.requestTimeout)),
    ...present("streamIdleTimeoutMs", milliseconds(http?.streamIdleTimeout)),
    ...present("maxStreamDurationMs", milliseconds(http?.maxStreamDuration)),
    cluster: clusterSettings(spec),
    ...present("route", routeTraffic(spec)),
    ...present("retry", retry && policyRetry(retry)),
    ...present("hash", loadBalancer && hashesOf(loadBalancer)),
    ...present("upgrades", upgradesOf(spec.httpUpgrade)),
    ...present("bodyLimitBytes", bodyLimitOf(spec.requestBuffer)),
    dropLoadReports: loadBalancer !== undefined && dropsLoadReports(loadBalancer),
  };
});

/**
 * Settings of a rule's clusters. A time that counts from the arrival would end requests that wait for a server of a
 * pool: beside one the limit of a stream is the cluster's, for which a request begins when it is sent.
 */
export function settingsBeside({ cluster, maxStreamDurationMs }: PolicyTraffic, pool: boolean): ClusterSettingsIr {
  const isLimited = pool && maxStreamDurationMs !== undefined && maxStreamDurationMs > 0;
  return isLimited ? { ...cluster, maxStreamDurationMs } : cluster;
}
