/** What a traffic policy makes of clusters and routes: part of the intermediate model, read by way of ir.ts. */

/** What a cluster has beside its endpoints. Absent: the default, which differs between Services and pools. */
export interface ClusterTrafficIr {
  readonly loadBalancer?: LoadBalancerIr;
  readonly circuitBreaker?: CircuitBreakerIr;
  readonly activeCheck?: ActiveCheckIr;
  readonly passiveCheck?: PassiveCheckIr;
  /** Below this share of healthy endpoints all of them get requests. */
  readonly panicPercent?: number;
  readonly tcpKeepalive?: TcpKeepaliveIr;
  readonly bufferLimitBytes?: number;
  readonly preconnect?: PreconnectIr;
  readonly dns?: DnsIr;
  readonly http2?: Http2Ir;
  readonly proxyProtocol?: "V1" | "V2";
  readonly maxRequestsPerConnection?: number;
  /** Of one request to one endpoint. */
  readonly maxStreamDurationMs?: number;
}

export interface LoadBalancerIr {
  readonly algorithm: AlgorithmIr;
  /** Headers that name an endpoint, "ip:port", first one first. Never on a pool, whose picker chooses. */
  readonly endpointHeaders?: readonly string[];
  /** Shares of zones; one that is not here has weight 1. Never on a pool. */
  readonly zoneWeights?: readonly { readonly zone: string; readonly weight: number }[];
  /** The zone of the gateway is preferred, and nothing comes of it where nobody says which that is. Never on a pool. */
  readonly localZone?: LocalZoneIr;
}

export interface LocalZoneIr {
  /** With fewer endpoints in all zones together nothing is preferred. */
  readonly minEndpoints: number;
  /** All requests stay in the zone while it has so many healthy endpoints; absent: no more than its share of endpoints. */
  readonly forcedFrom?: number;
  /** Of requests for which any of this counts; absent: all. */
  readonly percent?: number;
}

export type AlgorithmIr =
  | { readonly kind: "leastRequest"; readonly slowStartMs?: number }
  | { readonly kind: "roundRobin"; readonly slowStartMs?: number }
  | { readonly kind: "random" }
  | { readonly kind: "consistentHash"; readonly tableSize: number }
  | UtilizationIr;

/** By what endpoints say of their own load. */
export interface UtilizationIr {
  readonly kind: "utilization";
  readonly slowStartMs?: number;
  readonly blackoutMs?: number;
  readonly expirationMs?: number;
  readonly updateMs?: number;
  readonly errorPenalty?: number;
  readonly metrics: readonly string[];
  readonly outOfBand?: { readonly periodMs?: number; readonly port?: number; readonly authority?: string };
}

/** What of a request decides where it goes, under consistent hashing. */
export type HashIr =
  | { readonly kind: "sourceIp" }
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "query"; readonly name: string }
  | {
      readonly kind: "cookie";
      readonly name: string;
      /** Absent: no cookie is made where the client has none. */
      readonly ttlMs?: number;
      readonly attributes: readonly { readonly name: string; readonly value: string }[];
    };

export interface CircuitBreakerIr {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  readonly maxRetries: number;
  readonly perEndpointConnections?: number;
  /** In the place of `maxRetries`. */
  readonly retryBudget?: { readonly percent: number; readonly minConcurrency?: number };
}

export interface ActiveCheckIr {
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly initialJitterMs?: number;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
  /** In the place of each endpoint's own. */
  readonly port?: number;
  readonly check: CheckIr;
}

export type CheckIr =
  | {
      readonly kind: "http";
      readonly path: string;
      /** Absent: the backend's own name. */
      readonly hostname?: string;
      readonly method: HttpMethodIr;
      readonly expectedStatuses: readonly number[];
      readonly retriableStatuses: readonly number[];
      readonly send?: PayloadIr;
      readonly receive?: PayloadIr;
    }
  | { readonly kind: "tcp"; readonly send?: PayloadIr; readonly receive?: PayloadIr }
  | { readonly kind: "grpc"; readonly service?: string };

export type HttpMethodIr = "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "TRACE" | "PATCH";

/** Envoy's spelling: lower-case hexadecimal bytes. */
export interface PayloadIr {
  readonly hex: string;
}

export interface PassiveCheckIr {
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  /** Absent: 300 s. */
  readonly maxEjectionMs?: number;
  readonly maxEjectionPercent: number;
  readonly consecutive5xx: number;
  readonly consecutiveGatewayErrors?: number;
  readonly consecutiveLocalFailures: number;
  readonly splitLocalErrors: boolean;
  readonly failurePercentage?: number;
  readonly alwaysEjectOne: boolean;
}

export interface TcpKeepaliveIr {
  readonly probes?: number;
  readonly idleSeconds?: number;
  readonly intervalSeconds?: number;
}

/** Connections per request that runs, 1 and more. */
export interface PreconnectIr {
  readonly perEndpoint?: number;
  readonly predictive?: number;
}

/** Means something only where endpoints have names. */
export interface DnsIr {
  readonly refreshMs?: number;
  readonly respectTtl?: boolean;
  readonly family?: "IPv4" | "IPv6" | "IPv4Preferred" | "IPv6Preferred" | "IPv4AndIPv6";
}

/** Means something only where HTTP/2 is spoken to the endpoints. */
export interface Http2Ir {
  readonly streamWindowBytes?: number;
  readonly connectionWindowBytes?: number;
  readonly maxConcurrentStreams?: number;
  readonly onInvalidMessage?: "TerminateConnection" | "TerminateStream";
  readonly keepalive?: {
    readonly intervalMs?: number;
    readonly timeoutMs?: number;
    readonly idleIntervalMs?: number;
    readonly jitterPercent?: number;
  };
}

/** What is done to requests of a route and their answers, whatever the route's action is. */
export interface RouteTrafficIr {
  readonly fault?: FaultIr;
  readonly rateLimit?: RateLimitIr;
  readonly compressors?: readonly CompressorIr[];
  readonly responseOverrides?: readonly ResponseOverrideIr[];
}

export interface FaultIr {
  readonly delay?: { readonly ms: number; readonly perMillion: number };
  readonly abort?: {
    readonly status: { readonly kind: "http" | "grpc"; readonly code: number };
    readonly perMillion: number;
  };
}

export type CompressorIr = "gzip" | "brotli" | "zstd";

/** Counted by each Envoy for itself. */
export interface RateLimitIr {
  /** For requests that no rule selects. Absent: no limit. */
  readonly others?: LimitIr;
  readonly rules: readonly RateLimitRuleIr[];
  /** X-RateLimit headers of the answers to those that no rule selects. */
  readonly tell: boolean;
}

export interface LimitIr {
  readonly requests: number;
  readonly seconds: number;
}

export interface RateLimitRuleIr extends LimitIr {
  /** All must hold; each with `distinct` values has limits of its own. Never empty. */
  readonly selectors: readonly SelectorIr[];
  /** What a request counts. Absent: 1. */
  readonly cost?:
    | { readonly number: number }
    | { readonly metadata: { readonly namespace: string; readonly key: string } };
  /** Counts, and refuses nothing. */
  readonly shadow: boolean;
  readonly tell: boolean;
}

export type SelectorIr =
  | { readonly kind: "header" | "query"; readonly name: string; readonly value: TextMatchIr; readonly invert: boolean }
  | { readonly kind: "distinctHeader" | "distinctQuery"; readonly name: string }
  | { readonly kind: "address"; readonly prefix: string; readonly bits: number; readonly invert: boolean }
  | { readonly kind: "distinctAddress" }
  /** Only where a selector has to stand and none selects. */
  | { readonly kind: "any" };

export interface TextMatchIr {
  readonly type: "exact" | "prefix" | "suffix" | "regex";
  readonly value: string;
}

/** The first whose conditions hold is taken. */
export interface ResponseOverrideIr {
  /** One of them. Empty: any. */
  readonly statuses: readonly StatusRangeIr[];
  /** All of them. */
  readonly headers: readonly { readonly name: string; readonly value: TextMatchIr }[];
  /** Who answered. */
  readonly source: "any" | "gateway" | "backend";
  /** Absent: stays. */
  readonly status?: number;
  /** Absent: none. */
  readonly body?: string;
  readonly contentType?: string;
  readonly set: readonly { readonly name: string; readonly value: string }[];
  readonly add: readonly { readonly name: string; readonly value: string }[];
  /** The answer sends the client elsewhere; what is left out is the request's. */
  readonly location?: {
    readonly scheme?: "http" | "https";
    readonly hostname?: string;
    readonly port?: number;
    readonly path?: string;
  };
}

/** Both inclusive. */
export interface StatusRangeIr {
  readonly start: number;
  readonly end: number;
}

export interface UpgradeIr {
  /** "websocket", "CONNECT", ... */
  readonly type: string;
  /** CONNECT: the gateway takes the tunnel apart and sends its bytes to the backend. */
  readonly terminate: boolean;
}
