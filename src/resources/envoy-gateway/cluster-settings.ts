/** What a policy says of connections to a backend; Envoy Gateway shares these fields between several kinds. */
import { durationMs } from "../duration.ts";
import { duration, fraction, percent } from "../gateway-api/shapes.ts";
import { defaulted, flag, integer, list, object, oneOf, optional, quantity } from "../schema.ts";
import { healthCheck } from "./health-check.ts";
import { loadBalancer } from "./load-balancer.ts";

const uint32 = () => integer(0, 2 ** 32 - 1);
const limit = () => defaulted(uint32(), 1024);

export const retry = object({
  numRetries: defaulted(integer(0), 2),
  numAttemptsPerPriority: optional(integer()),
  retryOn: optional(
    object({
      triggers: optional(
        list(
          oneOf([
            "5xx",
            "gateway-error",
            "reset",
            "reset-before-request",
            "connect-failure",
            "retriable-4xx",
            "refused-stream",
            "retriable-status-codes",
            "cancelled",
            "deadline-exceeded",
            "internal",
            "resource-exhausted",
            "unavailable",
          ]),
        ),
      ),
      httpStatusCodes: optional(list(integer(100, 599))),
    }),
  ),
  perRetry: optional(
    object({
      timeout: optional(duration()),
      backOff: optional(object({ baseInterval: optional(duration()), maxInterval: optional(duration()) })),
    }),
  ),
});

const circuitBreaker = object({
  maxConnections: limit(),
  maxPendingRequests: limit(),
  maxParallelRequests: limit(),
  maxParallelRetries: limit(),
  maxRequestsPerConnection: optional(uint32()),
  perEndpoint: optional(object({ maxConnections: limit() })),
  retryBudget: optional(object({ percent: fraction(), minRetryConcurrency: optional(integer()) })),
});

export const timeout = object({
  tcp: optional(object({ connectTimeout: optional(duration()) })),
  http: optional(
    object({
      connectionIdleTimeout: optional(duration()),
      maxConnectionDuration: optional(duration()),
      requestTimeout: optional(duration()),
      maxStreamDuration: optional(duration()),
      streamIdleTimeout: optional(duration()),
    }),
  ),
});

const http2 = object({
  initialStreamWindowSize: optional(quantity()),
  initialConnectionWindowSize: optional(quantity()),
  maxConcurrentStreams: optional(integer(1)),
  onInvalidMessage: optional(oneOf(["TerminateConnection", "TerminateStream"])),
  connectionKeepalive: optional(
    object(
      {
        interval: optional(duration()),
        timeout: optional(duration()),
        idleInterval: optional(duration()),
        intervalJitter: optional(percent()),
      },
      {
        "timeout must be less than interval": ({ timeout: wait, interval }) =>
          wait === undefined || interval === undefined || (durationMs(wait) ?? 0) < (durationMs(interval) ?? 0),
      },
    ),
  ),
});

export const clusterSettings = {
  loadBalancer: optional(loadBalancer),
  retry: optional(retry),
  proxyProtocol: optional(object({ version: oneOf(["V1", "V2"]) })),
  tcpKeepalive: optional(
    object({ probes: optional(integer()), idleTime: optional(duration()), interval: optional(duration()) }),
  ),
  healthCheck: optional(healthCheck),
  circuitBreaker: optional(circuitBreaker),
  timeout: optional(timeout),
  connection: optional(
    object({
      bufferLimit: optional(quantity()),
      socketBufferLimit: optional(quantity()),
      preconnect: optional(
        object({ perEndpointPercent: optional(integer(100, 300)), predictivePercent: optional(integer(100)) }),
      ),
    }),
  ),
  dns: optional(
    object({
      dnsRefreshRate: optional(duration()),
      respectDnsTtl: optional(flag()),
      lookupFamily: optional(oneOf(["IPv4", "IPv6", "IPv4Preferred", "IPv6Preferred", "IPv4AndIPv6"])),
    }),
  ),
  http2: optional(http2),
};
