/** Every setting of a cluster and every feature of a route that a traffic policy can set, to be put on any backend. */
import type { BackendIr, ClusterIr, ForwardIr, RouteIr, RouteTrafficIr } from "../../src/model/ir.ts";
import { backendOf, forward, makeRoute, missingBackendOf, poolCluster, serviceCluster } from "./make-ir.ts";

type Settings = Partial<ClusterIr["settings"]>;

const limits = { maxConnections: 1, maxPendingRequests: 2, maxRequests: 3, maxRetries: 4 };
const check = { timeoutMs: 1000, intervalMs: 3000, unhealthyThreshold: 3, healthyThreshold: 1 };

/** By what is special about a cluster. */
export const settings: Readonly<Record<string, Settings>> = {
  "round-robin": {
    loadBalancer: { algorithm: { kind: "roundRobin", slowStartMs: 60_000 } },
    preconnect: { perEndpoint: 1.5, predictive: 2 },
    tcpKeepalive: { probes: 3, idleSeconds: 60, intervalSeconds: 10 },
    bufferLimitBytes: 65_536,
    maxRequestsPerConnection: 100,
    proxyProtocol: "V2",
  },
  near: {
    loadBalancer: { algorithm: { kind: "leastRequest" }, localZone: { minEndpoints: 6, forcedFrom: 1, percent: 50 } },
  },
  random: { loadBalancer: { algorithm: { kind: "random" } }, panicPercent: 40, tcpKeepalive: {}, proxyProtocol: "V1" },
  hashed: { loadBalancer: { algorithm: { kind: "consistentHash", tableSize: 65_537 } } },
  utilization: {
    loadBalancer: {
      algorithm: {
        kind: "utilization",
        slowStartMs: 10_000,
        blackoutMs: 5000,
        expirationMs: 180_000,
        updateMs: 1000,
        errorPenalty: 1.5,
        metrics: ["named_metrics.kv"],
        outOfBand: { periodMs: 2000, port: 9000, authority: "reports" },
      },
    },
  },
  named: {
    loadBalancer: {
      algorithm: { kind: "leastRequest", slowStartMs: 5000 },
      endpointHeaders: ["x-endpoint", "x-other"],
    },
  },
  breaks: { circuitBreaker: { ...limits, perEndpointConnections: 5 }, maxStreamDurationMs: 60_000 },
  budget: { circuitBreaker: { ...limits, retryBudget: { percent: 12.5, minConcurrency: 2 } } },
  asked: {
    activeCheck: {
      ...check,
      initialJitterMs: 100,
      port: 9090,
      check: {
        kind: "http",
        path: "/health",
        method: "POST",
        expectedStatuses: [200, 204],
        retriableStatuses: [503],
        send: { hex: "7b7d" },
        receive: { hex: "6f6b" },
      },
    },
    passiveCheck: {
      intervalMs: 3000,
      baseEjectionMs: 30_000,
      maxEjectionPercent: 10,
      consecutive5xx: 5,
      consecutiveGatewayErrors: 2,
      consecutiveLocalFailures: 5,
      splitLocalErrors: true,
      failurePercentage: 50,
      alwaysEjectOne: true,
    },
  },
  "asked-tcp": { activeCheck: { ...check, check: { kind: "tcp", send: { hex: "00ff" }, receive: { hex: "01" } } } },
};

/** By what is special about a route that forwards. */
export const forwards: Readonly<Record<string, Partial<ForwardIr>>> = {
  hash: {
    hash: [
      { kind: "sourceIp" },
      { kind: "header", name: "x-user" },
      { kind: "query", name: "user" },
      { kind: "cookie", name: "stuck", ttlMs: 60_000, attributes: [{ name: "SameSite", value: "Lax" }] },
      { kind: "cookie", name: "theirs", attributes: [] },
    ],
  },
  retry: {
    streamIdleTimeoutMs: 30_000,
    retry: {
      on: ["connect-failure"],
      codes: [503],
      attempts: 3,
      perTryTimeoutMs: 5000,
      backoffMs: 100,
      maxBackoffMs: 2000,
      attemptsPerPriority: 2,
    },
  },
  buffer: { bodyLimitBytes: 1024 },
  upgrades: {
    upgrades: [
      { type: "spdy/3.1", terminate: false },
      { type: "CONNECT", terminate: true },
    ],
  },
};

const rule = { requests: 3, seconds: 60, shadow: false, tell: true } as const;

/** By filter. */
export const traffics: Readonly<Record<string, RouteTrafficIr>> = {
  fault: {
    fault: {
      delay: { ms: 1500, perMillion: 500_000 },
      abort: { status: { kind: "http", code: 503 }, perMillion: 1_000_000 },
    },
  },
  "grpc-fault": { fault: { abort: { status: { kind: "grpc", code: 14 }, perMillion: 1 } } },
  "rate-limit": {
    rateLimit: {
      others: { requests: 10, seconds: 1 },
      tell: false,
      rules: [
        {
          ...rule,
          selectors: [
            { kind: "header", name: "x-user", value: { type: "exact", value: "one" }, invert: true },
            { kind: "query", name: "user", value: { type: "regex", value: "a|b" }, invert: false },
            { kind: "address", prefix: "10.0.0.0", bits: 8, invert: true },
          ],
        },
        {
          ...rule,
          shadow: true,
          tell: false,
          cost: { number: 2 },
          selectors: [
            { kind: "distinctHeader", name: "x-user" },
            { kind: "distinctQuery", name: "user" },
            { kind: "distinctAddress" },
          ],
        },
        { ...rule, selectors: [{ kind: "any" }], cost: { metadata: { namespace: "ns", key: "tokens" } } },
      ],
    },
  },
  compressors: { compressors: ["zstd", "gzip", "brotli"] },
  "response-override": {
    responseOverrides: [
      {
        statuses: [
          { start: 404, end: 404 },
          { start: 500, end: 599 },
        ],
        headers: [],
        source: "any",
        status: 200,
        body: "100% %REQ(host)%",
        contentType: "text/plain",
        set: [{ name: "x-set", value: "a" }],
        add: [{ name: "x-add", value: "b" }],
      },
      {
        statuses: [{ start: 429, end: 429 }],
        headers: [
          { name: "x-a", value: { type: "prefix", value: "a" } },
          { name: "x-b", value: { type: "regex", value: "[a-z]+" } },
        ],
        source: "gateway",
        set: [],
        add: [],
      },
      {
        statuses: [],
        headers: [{ name: "x-moved", value: { type: "suffix", value: "yes" } }],
        source: "backend",
        status: 302,
        set: [],
        add: [],
        location: { scheme: "https", hostname: "www.example.com", port: 8443, path: "/sorry" },
      },
    ],
  },
};

export const services: readonly ClusterIr[] = Object.entries(settings).map(([name, of]) =>
  serviceCluster(name, 80, of),
);
export const pools: readonly ClusterIr[] = Object.entries(settings).map(([name, of]) => poolCluster(name, of));
const http2: ClusterIr = {
  ...serviceCluster("http2", 80, {
    activeCheck: { ...check, check: { kind: "grpc", service: "health" } },
    http2: {
      streamWindowBytes: 65_536,
      connectionWindowBytes: 1_048_576,
      maxConcurrentStreams: 100,
      onInvalidMessage: "TerminateStream",
      keepalive: { intervalMs: 10_000, timeoutMs: 5000, idleIntervalMs: 60_000, jitterPercent: 15 },
    },
  }),
};
export const withHttp2: ClusterIr = { ...http2, endpoints: { ...http2.endpoints, protocol: "h2c" } };

export const service = serviceCluster("web");
export const pool = poolCluster("qwen");
export const toService: readonly BackendIr[] = [backendOf(service)];
export const toPool: readonly BackendIr[] = [backendOf(pool)];
export const toBoth: readonly BackendIr[] = [
  backendOf(pool, 9),
  backendOf(service, 1),
  missingBackendOf("no such Service", 1),
];

/** One route per feature. */
export function features(prefix: string, backends: readonly BackendIr[], body: RouteIr["body"]): readonly RouteIr[] {
  const at = (name: string) => ({ match: { path: { type: "prefix", value: `/${prefix}/${name}` } as const }, body });
  return [
    ...Object.entries(forwards).map(([name, more]) =>
      makeRoute(`${prefix}-${name}`, forward(backends, more), at(name)),
    ),
    ...Object.entries(traffics).map(([name, traffic]) => ({
      ...makeRoute(`${prefix}-${name}`, forward(backends), at(name)),
      traffic,
    })),
  ];
}
