/** What a policy says of connections to backends: part of what names a cluster. */
import { present } from "../../lib/present.ts";
import { quantityValue } from "../../resources/quantity.ts";
import { defaultClusterSettings } from "../clusters.ts";
import type { CircuitBreakerIr, ClusterSettingsIr, DnsIr, Http2Ir, PreconnectIr, TcpKeepaliveIr } from "../ir.ts";
import { healthChecks } from "./health-check.ts";
import { loadBalancerOf } from "./load-balancer.ts";
import { type Field, limitMs, milliseconds, type Spec } from "./spec.ts";

export function clusterSettings(spec: Spec): ClusterSettingsIr {
  const { timeout, loadBalancer, healthCheck, circuitBreaker, tcpKeepalive, connection, dns, http2 } = spec;
  return {
    connectTimeoutMs: milliseconds(timeout?.tcp?.connectTimeout) ?? defaultClusterSettings.connectTimeoutMs,
    ...present("connectionIdleTimeoutMs", milliseconds(timeout?.http?.connectionIdleTimeout)),
    ...present("maxConnectionDurationMs", limitMs(timeout?.http?.maxConnectionDuration)),
    ...present("loadBalancer", loadBalancer && loadBalancerOf(loadBalancer)),
    ...present("circuitBreaker", circuitBreaker && breakerOf(circuitBreaker)),
    // Envoy's word for no limit is 0 as well.
    ...present("maxRequestsPerConnection", circuitBreaker?.maxRequestsPerConnection),
    ...(healthCheck === undefined ? {} : healthChecks(healthCheck)),
    ...present("tcpKeepalive", tcpKeepalive && keepaliveOf(tcpKeepalive)),
    ...present(
      "bufferLimitBytes",
      connection?.bufferLimit === undefined ? undefined : quantityValue(connection.bufferLimit),
    ),
    ...present("preconnect", connection?.preconnect && preconnectOf(connection.preconnect)),
    ...present("dns", dns && dnsOf(dns)),
    ...present("http2", http2 && http2Of(http2)),
    ...present("proxyProtocol", spec.proxyProtocol?.version),
  };
}

function breakerOf(breaker: Field<"circuitBreaker">): CircuitBreakerIr {
  const { perEndpoint, retryBudget: budget } = breaker;
  return {
    maxConnections: breaker.maxConnections,
    maxPendingRequests: breaker.maxPendingRequests,
    maxRequests: breaker.maxParallelRequests,
    maxRetries: breaker.maxParallelRetries,
    ...present("perEndpointConnections", perEndpoint?.maxConnections),
    ...present(
      "retryBudget",
      budget && {
        percent: (100 * budget.percent.numerator) / budget.percent.denominator,
        ...present("minConcurrency", budget.minRetryConcurrency),
      },
    ),
  };
}

/** The kernel counts whole seconds, and takes none for its default. */
function keepaliveOf({ probes, idleTime, interval }: Field<"tcpKeepalive">): TcpKeepaliveIr {
  const seconds = (duration: string | undefined): number | undefined =>
    duration === undefined ? undefined : Math.max(1, Math.floor((milliseconds(duration) ?? 0) / 1000));
  return {
    ...present("probes", probes),
    ...present("idleSeconds", seconds(idleTime)),
    ...present("intervalSeconds", seconds(interval)),
  };
}

function preconnectOf({
  perEndpointPercent: perEndpoint,
  predictivePercent: predictive,
}: NonNullable<Field<"connection">["preconnect"]>): PreconnectIr {
  return {
    ...present("perEndpoint", perEndpoint && perEndpoint / 100),
    ...present("predictive", predictive && predictive / 100),
  };
}

function dnsOf({ dnsRefreshRate, respectDnsTtl, lookupFamily }: Field<"dns">): DnsIr {
  return {
    ...present("refreshMs", milliseconds(dnsRefreshRate)),
    ...present("respectTtl", respectDnsTtl),
    ...present("family", lookupFamily),
  };
}

/** Envoy does not ping without a time to wait for the answer. */
const pingTimeoutMs = 20_000;

function http2Of(http2: Field<"http2">): Http2Ir {
  const { initialStreamWindowSize, initialConnectionWindowSize, connectionKeepalive: keepalive } = http2;
  const bytes = (quantity: number | string | undefined) =>
    quantity === undefined ? undefined : quantityValue(quantity);
  return {
    ...present("streamWindowBytes", bytes(initialStreamWindowSize)),
    ...present("connectionWindowBytes", bytes(initialConnectionWindowSize)),
    ...present("maxConcurrentStreams", http2.maxConcurrentStreams),
    ...present("onInvalidMessage", http2.onInvalidMessage),
    ...present(
      "keepalive",
      keepalive && {
        ...present("intervalMs", milliseconds(keepalive.interval)),
        timeoutMs:
          milliseconds(keepalive.timeout) ?? Math.min(pingTimeoutMs, milliseconds(keepalive.interval) ?? pingTimeoutMs),
        ...present("idleIntervalMs", milliseconds(keepalive.idleInterval)),
        ...present("jitterPercent", keepalive.intervalJitter),
      },
    ),
  };
}
