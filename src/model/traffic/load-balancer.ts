import { present } from "../../lib/present.ts";
import type { AlgorithmIr, HashIr, LoadBalancerIr, LocalZoneIr, UtilizationIr } from "../ir.ts";
import { type Field, milliseconds } from "./spec.ts";

type LoadBalancer = Field<"loadBalancer">;

export function loadBalancerOf(loadBalancer: LoadBalancer): LoadBalancerIr {
  const headers = loadBalancer.endpointOverride?.extractFrom.flatMap(({ header }) => header?.toLowerCase() ?? []) ?? [];
  return {
    algorithm: algorithmOf(loadBalancer),
    ...present("zoneWeights", loadBalancer.zoneAware?.weightedZones),
    ...present("localZone", localZoneOf(loadBalancer.zoneAware?.preferLocal)),
    ...present("endpointHeaders", headers.length === 0 ? undefined : headers),
  };
}

function localZoneOf(preferred: NonNullable<LoadBalancer["zoneAware"]>["preferLocal"]): LocalZoneIr | undefined {
  if (preferred === undefined) return undefined;
  const { minEndpointsThreshold = 6, force, percentageEnabled } = preferred;
  return {
    minEndpoints: minEndpointsThreshold,
    ...present("forcedFrom", force && (force.minEndpointsInZoneThreshold ?? 1)),
    ...present("percent", percentageEnabled),
  };
}

function algorithmOf(loadBalancer: LoadBalancer): AlgorithmIr {
  const slowStart = present("slowStartMs", milliseconds(loadBalancer.slowStart?.window));
  switch (loadBalancer.type) {
    case "RoundRobin":
      return { kind: "roundRobin", ...slowStart };
    case "Random":
      return { kind: "random" };
    case "ConsistentHash":
      return { kind: "consistentHash", tableSize: loadBalancer.consistentHash?.tableSize ?? 65_537 };
    case "BackendUtilization":
      return { ...utilizationOf(loadBalancer.backendUtilization), ...slowStart };
    case "LeastRequest":
    // Nobody loads modules into Envoy here, and the Warning condition says so.
    case "DynamicModule":
      return { kind: "leastRequest", ...slowStart };
  }
}

function utilizationOf(settings: LoadBalancer["backendUtilization"] = { keepResponseHeaders: false }): UtilizationIr {
  const { outOfBand, errorUtilizationPenaltyPercent: penalty } = settings;
  return {
    kind: "utilization",
    ...present("blackoutMs", milliseconds(settings.blackoutPeriod)),
    ...present("expirationMs", milliseconds(settings.weightExpirationPeriod)),
    ...present("updateMs", milliseconds(settings.weightUpdatePeriod)),
    ...present("errorPenalty", penalty === undefined ? undefined : penalty / 100),
    metrics: settings.metricNamesForComputingUtilization ?? [],
    ...present(
      "outOfBand",
      outOfBand === undefined
        ? undefined
        : {
            ...present("periodMs", milliseconds(outOfBand.reportingPeriod)),
            ...present("port", outOfBand.port),
            ...present("authority", outOfBand.authority),
          },
    ),
  };
}

/** What of a request is hashed. Other algorithms than consistent hashing do not look at it. */
export function hashesOf(loadBalancer: LoadBalancer): readonly HashIr[] | undefined {
  const { type, consistentHash: hash } = loadBalancer;
  if (type !== "ConsistentHash" || hash === undefined) return undefined;
  switch (hash.type) {
    case "SourceIP":
      return [{ kind: "sourceIp" }];
    case "Header":
      return hash.header === undefined ? [] : [headerHash(hash.header)];
    case "Headers":
      return (hash.headers ?? []).map(headerHash);
    case "QueryParams":
      return (hash.queryParams ?? []).map(({ name }) => ({ kind: "query", name }));
    case "Cookie":
      return hash.cookie === undefined ? [] : [cookieHash(hash.cookie)];
  }
}

function headerHash({ name }: { readonly name: string }): HashIr {
  return { kind: "header", name: name.toLowerCase() };
}

function cookieHash({
  name,
  ttl,
  attributes = {},
}: NonNullable<NonNullable<LoadBalancer["consistentHash"]>["cookie"]>): HashIr {
  return {
    kind: "cookie",
    name,
    ...present("ttlMs", milliseconds(ttl)),
    attributes: Object.entries(attributes)
      .map(([key, value]) => ({ name: key, value }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** What servers report of themselves is meant for the gateway alone, unless the policy says otherwise. */
export const loadReportHeaders = ["endpoint-load-metrics", "endpoint-load-metrics-bin"] as const;

export function dropsLoadReports({ type, backendUtilization }: LoadBalancer): boolean {
  return type === "BackendUtilization" && backendUtilization?.keepResponseHeaders !== true;
}
