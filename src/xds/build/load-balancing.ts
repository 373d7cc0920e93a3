import type { LoadBalancingPolicy } from "../../gen/envoy/config/cluster/v3/cluster.ts";
import type { TypedExtensionConfig } from "../../gen/envoy/config/core/v3/extension.ts";
import { ClientSideWeightedRoundRobin } from "../../gen/envoy/extensions/load_balancing_policies/client_side_weighted_round_robin/v3/client_side_weighted_round_robin.ts";
import type {
  LocalityLbConfig,
  SlowStartConfig,
} from "../../gen/envoy/extensions/load_balancing_policies/common/v3/common.ts";
import { LeastRequest } from "../../gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request.ts";
import { Maglev } from "../../gen/envoy/extensions/load_balancing_policies/maglev/v3/maglev.ts";
import { OverrideHost } from "../../gen/envoy/extensions/load_balancing_policies/override_host/v3/override_host.ts";
import { Random } from "../../gen/envoy/extensions/load_balancing_policies/random/v3/random.ts";
import { RoundRobin } from "../../gen/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin.ts";
import { WrrLocality } from "../../gen/envoy/extensions/load_balancing_policies/wrr_locality/v3/wrr_locality.ts";
import { assertNever } from "../../lib/assert-never.ts";
import { present } from "../../lib/present.ts";
import type { AlgorithmIr, LoadBalancerIr, LocalZoneIr, UtilizationIr } from "../../model/ir.ts";
import { duration, extension } from "./any.ts";

/** Of a backend that has no picker. */
export function loadBalancing(loadBalancer: LoadBalancerIr): LoadBalancingPolicy {
  const { endpointHeaders = [] } = loadBalancer;
  const balancing = inZones(loadBalancer);
  if (endpointHeaders.length === 0) return balancing;
  return {
    policies: [
      {
        typedExtensionConfig: extension(policyName("override_host"), OverrideHost, {
          overrideHostSources: endpointHeaders.map((header) => ({ header })),
          fallbackPolicy: balancing,
        }),
      },
    ],
  };
}

export const byDefault: AlgorithmIr = { kind: "leastRequest" };

/** Of the algorithms that cannot prefer a zone admission lets none ask for it. */
function inZones({ algorithm, zoneWeights, localZone }: LoadBalancerIr): LoadBalancingPolicy {
  if (zoneWeights !== undefined) return balancingByWeight(algorithm);
  return { policies: [{ typedExtensionConfig: configOf(algorithm, localZone && preferring(localZone)) }] };
}

function preferring({ minEndpoints, forcedFrom, percent }: LocalZoneIr): LocalityLbConfig {
  return {
    localityConfigSpecifier: {
      $case: "zoneAwareLbConfig",
      value: {
        minClusterSize: minEndpoints,
        ...present("routingEnabled", percent === undefined ? undefined : { value: percent }),
        ...present("forceLocalZone", forcedFrom === undefined ? undefined : { minSize: forcedFrom }),
      },
    },
  };
}

/** A zone by its weight, then an endpoint of it. */
function balancingByWeight(algorithm: AlgorithmIr): LoadBalancingPolicy {
  if (algorithm.kind !== "utilization") return { policies: [{ typedExtensionConfig: configOf(algorithm, byWeight) }] };
  const config = extension(policyName("wrr_locality"), WrrLocality, { endpointPickingPolicy: balancingBy(algorithm) });
  return { policies: [{ typedExtensionConfig: config }] };
}

const byWeight: LocalityLbConfig = {
  localityConfigSpecifier: { $case: "localityWeightedLbConfig", value: {} },
};

export function balancingBy(algorithm: AlgorithmIr): LoadBalancingPolicy {
  return { policies: [{ typedExtensionConfig: configOf(algorithm) }] };
}

function configOf(algorithm: AlgorithmIr, localities?: LocalityLbConfig): TypedExtensionConfig {
  const zones = present("localityLbConfig", localities);
  switch (algorithm.kind) {
    case "leastRequest":
      return extension(policyName("least_request"), LeastRequest, { ...slowStart(algorithm.slowStartMs), ...zones });
    case "roundRobin":
      return extension(policyName("round_robin"), RoundRobin, { ...slowStart(algorithm.slowStartMs), ...zones });
    case "random":
      return extension(policyName("random"), Random, zones);
    case "consistentHash":
      return extension(policyName("maglev"), Maglev, {
        tableSize: algorithm.tableSize,
        ...(localities === byWeight ? { localityWeightedLbConfig: {} } : {}),
      });
    case "utilization":
      return extension(
        policyName("client_side_weighted_round_robin"),
        ClientSideWeightedRoundRobin,
        utilization(algorithm),
      );
    default:
      return assertNever(algorithm);
  }
}

function policyName(policy: string): string {
  return `envoy.load_balancing_policies.${policy}`;
}

function slowStart(windowMs: number | undefined): { readonly slowStartConfig?: SlowStartConfig } {
  return windowMs === undefined ? {} : { slowStartConfig: { slowStartWindow: duration(windowMs) } };
}

function utilization(algorithm: UtilizationIr): ClientSideWeightedRoundRobin {
  const { slowStartMs, blackoutMs, expirationMs, updateMs, errorPenalty, metrics, outOfBand } = algorithm;
  return {
    ...(blackoutMs === undefined ? {} : { blackoutPeriod: duration(blackoutMs) }),
    ...(expirationMs === undefined ? {} : { weightExpirationPeriod: duration(expirationMs) }),
    ...(updateMs === undefined ? {} : { weightUpdatePeriod: duration(updateMs) }),
    ...(errorPenalty === undefined ? {} : { errorUtilizationPenalty: errorPenalty }),
    metricNamesForComputingUtilization: [...metrics],
    ...slowStart(slowStartMs),
    ...(outOfBand === undefined ? {} : outOfBandReports(outOfBand)),
  };
}

function outOfBandReports({
  periodMs,
  port,
  authority,
}: NonNullable<UtilizationIr["outOfBand"]>): ClientSideWeightedRoundRobin {
  const where = {
    ...(port === undefined ? {} : { portValue: port }),
    ...(authority === undefined ? {} : { authority }),
  };
  return {
    enableOobLoadReport: true,
    ...(periodMs === undefined ? {} : { oobReportingPeriod: duration(periodMs) }),
    ...(Object.keys(where).length === 0 ? {} : { oobReportingConfig: where }),
  };
}
