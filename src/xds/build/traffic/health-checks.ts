import type { OutlierDetection } from "../../../gen/envoy/config/cluster/v3/outlier_detection.ts";
import { RequestMethod } from "../../../gen/envoy/config/core/v3/base.ts";
import type { HealthCheck, HealthCheck_Payload } from "../../../gen/envoy/config/core/v3/health_check.ts";
import { CodecClientType } from "../../../gen/envoy/type/v3/http.ts";
import { assertNever } from "../../../lib/assert-never.ts";
import type { ActiveCheckIr, ClusterIr, PassiveCheckIr, PayloadIr } from "../../../model/ir.ts";
import { duration } from "../any.ts";

export function healthCheck(check: ActiveCheckIr, cluster: ClusterIr): HealthCheck {
  return {
    timeout: duration(check.timeoutMs),
    interval: duration(check.intervalMs),
    // Envoy asks once a minute only, whatever the interval is, until there was a request.
    noTrafficInterval: duration(check.intervalMs),
    ...(check.initialJitterMs === undefined ? {} : { initialJitter: duration(check.initialJitterMs) }),
    unhealthyThreshold: check.unhealthyThreshold,
    healthyThreshold: check.healthyThreshold,
    healthChecker: checker(check.check, cluster),
  };
}

/** Without a name in the policy the backend is asked by its own, as a cluster's name is no host name. */
function checker(
  check: ActiveCheckIr["check"],
  { endpoints, origin }: ClusterIr,
): NonNullable<HealthCheck["healthChecker"]> {
  const host = `${origin.name}.${origin.namespace}`;
  switch (check.kind) {
    case "http":
      return {
        $case: "httpHealthCheck",
        value: {
          host: check.hostname ?? host,
          path: check.path,
          method: RequestMethod[check.method],
          expectedStatuses: check.expectedStatuses.map(exactly),
          retriableStatuses: check.retriableStatuses.map(exactly),
          ...(endpoints.protocol === "h2c" ? { codecClientType: CodecClientType.HTTP2 } : {}),
          ...(check.send === undefined ? {} : { send: payload(check.send) }),
          receive: check.receive === undefined ? [] : [payload(check.receive)],
        },
      };
    case "tcp":
      return {
        $case: "tcpHealthCheck",
        value: {
          ...(check.send === undefined ? {} : { send: payload(check.send) }),
          receive: check.receive === undefined ? [] : [payload(check.receive)],
        },
      };
    case "grpc":
      return {
        $case: "grpcHealthCheck",
        value: { authority: host, ...(check.service === undefined ? {} : { serviceName: check.service }) },
      };
    default:
      return assertNever(check);
  }
}

/** Envoy's ranges exclude their end. */
function exactly(status: number): { readonly start: number; readonly end: number } {
  return { start: status, end: status + 1 };
}

function payload({ hex }: PayloadIr): HealthCheck_Payload {
  return { payload: { $case: "text", value: hex } };
}

export function outlierDetection(check: PassiveCheckIr): OutlierDetection {
  const { consecutiveGatewayErrors, failurePercentage } = check;
  return {
    interval: duration(check.intervalMs),
    baseEjectionTime: duration(check.baseEjectionMs),
    ...(check.maxEjectionMs === undefined ? {} : { maxEjectionTime: duration(check.maxEjectionMs) }),
    maxEjectionPercent: check.maxEjectionPercent,
    consecutive5xx: check.consecutive5xx,
    // Envoy counts these two, and by default does nothing about them.
    ...(consecutiveGatewayErrors === undefined
      ? {}
      : { consecutiveGatewayFailure: consecutiveGatewayErrors, enforcingConsecutiveGatewayFailure: 100 }),
    ...(failurePercentage === undefined
      ? {}
      : { failurePercentageThreshold: failurePercentage, enforcingFailurePercentage: 100 }),
    consecutiveLocalOriginFailure: check.consecutiveLocalFailures,
    splitExternalLocalOriginErrors: check.splitLocalErrors,
    alwaysEjectOneHost: check.alwaysEjectOne,
  };
}
