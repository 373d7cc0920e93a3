/** Why a policy, valid by its schema, must not be in effect: mostly what Envoy would refuse. In Envoy Gateway's words where it has some. */
import { memoOn } from "../../lib/memo.ts";
import type { BackendTrafficPolicy } from "../../resources/kinds/backend-traffic-policy.ts";
import { quantityValue } from "../../resources/quantity.ts";
import { checkMethods } from "./health-check.ts";
import { isPrime } from "./prime.ts";
import { rateLimitProblems } from "./rate-limit-problems.ts";
import { responseOverrideProblems } from "./response-override-problems.ts";
import { milliseconds, type Spec } from "./spec.ts";

type Check = (spec: Spec) => readonly string[];

/** Undefined where there is none. */
export const policyProblem = memoOn(({ spec }: BackendTrafficPolicy): string | undefined => {
  const problems = Object.entries(checks).flatMap(([field, check]) => check(spec).map((what) => `${field}: ${what}`));
  return problems.length === 0 ? undefined : problems.join("; ");
});

const maxUint32 = 2 ** 32 - 1;
const maxWindow = 2 ** 31 - 1;
const leastWindow = 65_535;

const checks: Readonly<Record<string, Check>> = {
  Timeout: ({ timeout }) => zero("ConnectTimeout", timeout?.tcp?.connectTimeout),
  LoadBalancer: ({ loadBalancer }) => {
    const size = loadBalancer?.type === "ConsistentHash" ? loadBalancer.consistentHash?.tableSize : undefined;
    const { preferLocal, weightedZones = [] } = loadBalancer?.zoneAware ?? {};
    return [
      ...(size === undefined || isPrime(size) ? [] : [`ConsistentHash: invalid TableSize value ${size}`]),
      ...negative("MinEndpointsInZoneThreshold", preferLocal?.force?.minEndpointsInZoneThreshold),
      ...weightedZones.flatMap(({ zone, weight }) => negative(`Weight of zone ${zone}`, weight)),
    ];
  },
  Retry: ({ retry }) => {
    const { baseInterval, maxInterval } = retry?.perRetry?.backOff ?? {};
    const [base, max] = [milliseconds(baseInterval), milliseconds(maxInterval)];
    return [
      ...(base === 0 ? ["baseInterval cannot be set to 0s"] : []),
      ...(max === 0 ? ["maxInterval cannot be set to 0s"] : []),
      ...(base !== undefined && max !== undefined && max > 0 && max < base
        ? ["maxInterval cannot be less than baseInterval"]
        : []),
      ...negative("NumAttemptsPerPriority", retry?.numAttemptsPerPriority),
    ];
  },
  HealthCheck: ({ healthCheck }) => [...activeProblems(healthCheck?.active), ...passiveProblems(healthCheck?.passive)],
  TCPKeepalive: ({ tcpKeepalive }) => negative("Probes", tcpKeepalive?.probes),
  CircuitBreaker: ({ circuitBreaker }) =>
    negative("RetryBudget.MinRetryConcurrency", circuitBreaker?.retryBudget?.minRetryConcurrency),
  BackendConnection: ({ connection }) => [
    ...quantityRange("BufferLimit", connection?.bufferLimit, 0, maxUint32, false),
    ...((connection?.preconnect?.predictivePercent ?? 100) > 300
      ? [
          `PredictivePercent value ${connection?.preconnect?.predictivePercent} is out of range, must be between 100 and 300`,
        ]
      : []),
  ],
  DNS: ({ dns }) => zero("DNSRefreshRate", dns?.dnsRefreshRate),
  HTTP2: ({ http2 }) => [
    ...quantityRange("InitialStreamWindowSize", http2?.initialStreamWindowSize, leastWindow, maxWindow),
    ...quantityRange("InitialConnectionWindowSize", http2?.initialConnectionWindowSize, leastWindow, maxWindow),
    ...zero("ConnectionKeepalive.Interval", http2?.connectionKeepalive?.interval),
    ...zero("ConnectionKeepalive.Timeout", http2?.connectionKeepalive?.timeout),
    ...zero("ConnectionKeepalive.IdleInterval", http2?.connectionKeepalive?.idleInterval),
  ],
  RateLimit: rateLimitProblems,
  FaultInjection: ({ faultInjection: { delay, abort } = {} }) => [
    ...percentage("Delay", delay?.percentage),
    ...percentage("Abort", abort?.percentage),
    ...(abort?.httpStatus === 600 ? ["invalid HTTPStatus value 600"] : []),
  ],
  ResponseOverride: responseOverrideProblems,
  RequestBuffer: ({ requestBuffer, httpUpgrade = [] }) => [
    ...quantityRange("limit", requestBuffer?.limit, 1, maxUint32),
    // Two policies may only say it together.
    ...(requestBuffer !== undefined && httpUpgrade.length > 0
      ? ["requestBuffer cannot be used together with httpUpgrade"]
      : []),
  ],
  HTTPUpgrade: ({ httpUpgrade = [] }) => {
    const types = httpUpgrade.map(({ type }) => type.toLowerCase());
    const doubled = types.find((type, index) => types.indexOf(type) !== index);
    return [
      ...(doubled === undefined ? [] : [`duplicate type ${doubled}`]),
      ...(types.includes("") ? ["type cannot be empty"] : []),
    ];
  },
};

function activeProblems(active: NonNullable<Spec["healthCheck"]>["active"]): readonly string[] {
  if (active === undefined) return [];
  const method = active.http?.method;
  return [
    ...zero("Timeout", active.timeout),
    ...zero("Interval", active.interval),
    ...(method === undefined || (checkMethods as readonly string[]).includes(method.toUpperCase())
      ? []
      : [`invalid Method value ${method}`]),
  ];
}

function passiveProblems(passive: NonNullable<Spec["healthCheck"]>["passive"]): readonly string[] {
  if (passive === undefined) return [];
  return [
    ...zero("Interval", passive.interval),
    ...zero("BaseEjectionTime", passive.baseEjectionTime),
    ...negative("ConsecutiveLocalOriginFailures", passive.consecutiveLocalOriginFailures),
    ...negative("ConsecutiveGatewayErrors", passive.consecutiveGatewayErrors),
    ...negative("Consecutive5xxErrors", passive.consecutive5XxErrors),
  ];
}

function zero(name: string, duration: string | undefined): readonly string[] {
  return milliseconds(duration) === 0 ? [`invalid ${name} value ${duration}`] : [];
}

function negative(name: string, value: number | undefined): readonly string[] {
  return value !== undefined && value < 0 ? [`invalid ${name} value ${value}`] : [];
}

function percentage(name: string, value: number | undefined): readonly string[] {
  return value === undefined || (value >= 0 && value <= 100) ? [] : [`invalid ${name} percentage ${value}`];
}

function quantityRange(
  name: string,
  quantity: number | string | undefined,
  least: number,
  most: number,
  sayBounds = true,
): readonly string[] {
  if (quantity === undefined) return [];
  const value = quantityValue(quantity);
  if (!Number.isInteger(value)) return [`invalid ${name} value ${quantity}`];
  if (value >= least && value <= most) return [];
  return [`${name} value ${quantity} is out of range${sayBounds ? `, must be between ${least} and ${most}` : ""}`];
}
