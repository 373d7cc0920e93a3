/**
 * The intermediate model: what Envoy is to do, free of Kubernetes and of protobuf. Readonly; an unchanged route yields
 * the identical object, so that its encoded bytes may be cached on it. Every list is in a total order.
 */
import type { Sealed } from "../lib/sealed.ts";
import type { ClusterIr, ClusterKey, PoolKey } from "./cluster-ir.ts";
import type { Origin } from "./origin-ir.ts";
import type { HashIr, RouteTrafficIr, UpgradeIr } from "./traffic-ir.ts";

export type * from "./cluster-ir.ts";
export type * from "./origin-ir.ts";
export type * from "./pool-ir.ts";
export type * from "./traffic-ir.ts";

/** Key: the Gateway, "namespace/name". */
export type Ir = ReadonlyMap<string, GatewayIr>;

export interface GatewayIr {
  readonly key: string;
  readonly origin: Origin;
  /** metadata.generation of the Gateway. */
  readonly generation: number;
  /** Ascending, those of one port by name of the listener. */
  readonly ports: readonly PortIr[];
  /** Every cluster that a route of this Gateway names. */
  readonly clusters: ReadonlyMap<ClusterKey, ClusterIr>;
  /** Every certificate that a listener shows. */
  readonly secrets: ReadonlyMap<SecretKey, SecretIr>;
}

/** One RouteConfiguration. All HTTP listeners of a port share one; each HTTPS listener has its own. */
export type PortIr = HttpPortIr | HttpsPortIr;

/** All HTTP listeners of the Gateway on one port: one Envoy listener. */
export interface HttpPortIr {
  readonly protocol: "HTTP";
  readonly port: number;
  /** Names of the Gateway's listeners, sorted. */
  readonly listeners: readonly string[];
  readonly virtualHosts: readonly VirtualHostIr[];
}

/** One HTTPS listener: one filter chain of the Envoy listener that all of its port share. */
export interface HttpsPortIr {
  readonly protocol: "HTTPS";
  readonly port: number;
  readonly listeners: readonly [string];
  /** Hosts of the port's other listeners are among them, answered 421. */
  readonly virtualHosts: readonly VirtualHostIr[];
  readonly tls: TlsIr;
}

/** How a listener's clients are met. */
export interface TlsIr {
  /** Clients that ask for this host, as virtual hosts spell it, and for no closer one of the port. "*": also those that ask for none. */
  readonly host: string;
  /** Never empty; Envoy shows the one that fits the client's host, else the first. */
  readonly certificates: readonly SecretKey[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** Empty: Envoy's default. */
  readonly cipherSuites: readonly string[];
  /** Empty: Envoy's default. */
  readonly ecdhCurves: readonly string[];
  readonly alpnProtocols: readonly string[];
}

export const tlsVersions = ["1.0", "1.1", "1.2", "1.3"] as const;
export type TlsVersion = (typeof tlsVersions)[number];

/** "secret/<ns>/<name>". */
export type SecretKey = string;

/** A certificate and its key. */
export interface SecretIr {
  readonly key: SecretKey;
  readonly origin: Origin;
  /** Equal for equal content. */
  readonly digest: string;
  /** PEM. */
  readonly chain: string;
  /** PEM. */
  readonly privateKey: Sealed<string>;
  /** When it is valid, on the wall clock. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface VirtualHostIr {
  /** "*", "*.example.com" or "www.example.com", lower case. */
  readonly host: string;
  /** All rules that can match the host, in the specification's order of precedence. */
  readonly routes: readonly RouteIr[];
  /** Present where a rule of the host needs the model: a match on the model header, or a pool as backend. */
  readonly model?: ModelHostIr;
}

export interface ModelHostIr {
  /** Names of the InferenceModels that this host's pools serve, sorted: the answer to `GET /v1/models`. */
  readonly servedModels: readonly string[];
}

export interface RouteIr {
  /** "httproute/<ns>/<name>/rule/<i>/match/<j>" (match -1 where the rule has none). */
  readonly name: string;
  readonly origin: Origin;
  readonly match: MatchIr;
  readonly action: ActionIr;
  readonly requestHeaders: HeaderMutationIr;
  readonly responseHeaders: HeaderMutationIr;
  readonly cors?: CorsIr;
  readonly traffic?: RouteTrafficIr;
  /**
   * "none": no rule of the host that needs the model can match the same path and method, so the body is left alone.
   * "overlaps": a plain rule that pays, because one can. "needs": this rule itself needs the model.
   */
  readonly body: "none" | "overlaps" | "needs";
}

export interface MatchIr {
  readonly path: { readonly type: "exact" | "prefix" | "regex"; readonly value: string };
  /** Upper case. */
  readonly method?: string;
  /** Names in lower case; the model header (lib/wire.ts) is one of them. All must match. */
  readonly headers: readonly ValueMatchIr[];
  readonly query: readonly ValueMatchIr[];
}

export interface ValueMatchIr {
  readonly name: string;
  readonly type: "exact" | "regex";
  readonly value: string;
}

export type ActionIr = ForwardIr | RedirectIr | RespondIr;

export interface ForwardIr {
  readonly kind: "forward";
  /** Total weight over 0. */
  readonly backends: readonly BackendIr[];
  /** 0: no limit. Absent: Envoy's default. Does not count the time in the queue. */
  readonly timeoutMs?: number;
  /**
   * Present where the whole request, with its time in the queue, has another limit than `timeoutMs`
   * (timeouts.request beside timeouts.backendRequest): how long the picker may let it wait. 0: no limit.
   */
  readonly wholeTimeoutMs?: number;
  readonly streamIdleTimeoutMs?: number;
  readonly maxStreamDurationMs?: number;
  readonly rewrite?: RewriteIr;
  readonly mirrors?: readonly MirrorIr[];
  readonly retry?: RetryIr;
  /** They decide between weighted backends too, so that who sticks to an endpoint sticks to its backend. */
  readonly hash?: readonly HashIr[];
  /** Absent: websocket, except to a pool. */
  readonly upgrades?: readonly UpgradeIr[];
  /** Each request is held until it is whole, and refused where it is larger. */
  readonly bodyLimitBytes?: number;
}

/** All that it may send requests to, or copies of them. */
export function clustersNamed(action: ActionIr): readonly ClusterKey[] {
  if (action.kind !== "forward") return [];
  return [
    ...action.backends.flatMap(({ target }) => (target.kind === "cluster" ? namedBy(target) : [])),
    ...(action.mirrors ?? []).map(({ cluster }) => cluster),
  ];
}

function namedBy({ cluster, pool }: ClusterTargetIr): readonly ClusterKey[] {
  return pool?.picker === undefined ? [cluster] : [cluster, pool.picker.cluster];
}

export interface RewriteIr {
  readonly hostname?: string;
  readonly path?: PathRewriteIr;
}

/** Values begin with "/"; of a prefix neither it nor its replacement ends with one, so "/" is "" there. */
export type PathRewriteIr =
  | { readonly kind: "full"; readonly value: string }
  | { readonly kind: "prefix"; readonly prefix: string; readonly value: string };

/** A copy of each request, or of a share of them, whose answer is dropped. Never to a pool: a copy passes no picker. */
export interface MirrorIr {
  readonly cluster: ClusterKey;
  /** Of a million requests, 1..1,000,000. */
  readonly perMillion: number;
}

export interface RetryIr {
  /** Envoy's names of conditions, beside the status codes. */
  readonly on: readonly string[];
  readonly codes: readonly number[];
  /** Beside the first attempt. */
  readonly attempts: number;
  /** Absent: no limit but the request's. */
  readonly perTryTimeoutMs?: number;
  /** Least time before an attempt; grows with each. Absent: Envoy's default. */
  readonly backoffMs?: number;
  /** Absent: ten times `backoffMs`. */
  readonly maxBackoffMs?: number;
  /** After so many attempts the next priority of endpoints is tried. */
  readonly attemptsPerPriority?: number;
}

/** Fetch's CORS protocol, as GEP-1767 has it. */
export interface CorsIr {
  /** "*" alone, or origins whose host may begin with "*" for one label or more. */
  readonly origins: readonly string[];
  /** "*" alone, or upper case. */
  readonly methods: readonly string[];
  /** "*" alone, or lower case. */
  readonly headers: readonly string[];
  readonly exposed: readonly string[];
  readonly credentials: boolean;
  readonly maxAgeSeconds: number;
}

/** Complete: what the route leaves open is that of the listener where the request arrives. */
export interface RedirectIr {
  readonly kind: "redirect";
  readonly status: 301 | 302 | 303 | 307 | 308;
  readonly scheme: "http" | "https";
  /** Absent: the request's. */
  readonly hostname?: string;
  readonly port: number;
  readonly path?: PathRewriteIr;
}

export interface RespondIr {
  readonly kind: "respond";
  readonly status: number;
  /** Said to the client in OpenAI's JSON form on model routes, as text elsewhere. */
  readonly reason: string;
}

export interface BackendIr {
  readonly weight: number;
  readonly target: ClusterTargetIr | MissingTargetIr;
  readonly requestHeaders: HeaderMutationIr;
  readonly responseHeaders: HeaderMutationIr;
  /** In the place of the rule's. */
  readonly rewriteHostname?: string;
}

export interface ClusterTargetIr {
  readonly kind: "cluster";
  readonly cluster: ClusterKey;
  /** Present where the backend is an InferencePool: the picker chooses. */
  readonly pool?: PoolUseIr;
}

/** A reference that is not resolved: its share of the requests gets 500. */
export interface MissingTargetIr {
  readonly kind: "missing";
  readonly reason: string;
}

export interface PoolUseIr {
  readonly pool: PoolKey;
  /** The picker gets the body: it renames a model that this match takes, or compares prompts. */
  readonly bodyToPicker: boolean;
  /** Tries after one that made no connection. The picker names as many servers beside its choice. */
  readonly retries: number;
  /** The proxy reads the answers' token counts. */
  readonly tokenUsage?: true;
  readonly failOpen: boolean;
  /** What the rule says of its requests: the name of an InferenceObjective, and whom they are for. */
  readonly objective?: string;
  readonly fairnessId?: string;
  /** Absent: the built-in one chooses. */
  readonly picker?: ExternalPickerIr;
}

/** A picker that is not ours: where it is, and how it answers. */
export interface ExternalPickerIr {
  readonly cluster: ClusterKey;
  /** What it is called in requests to it. */
  readonly authority: string;
  readonly chain: PickerChain;
  /** It is told what clients say of themselves. */
  readonly believes: { readonly objective: boolean; readonly fairnessId: boolean };
}

/**
 * "full-duplex": once it has the whole body it answers with the headers and gives the body back, as the protocol of
 * endpoint pickers has it. "buffered": it answers each part of a body by itself, and the proxy keeps the body.
 */
export const pickerChains = ["full-duplex", "buffered"] as const;
export type PickerChain = (typeof pickerChains)[number];

export interface HeaderMutationIr {
  readonly set: readonly HeaderIr[];
  readonly add: readonly HeaderIr[];
  readonly remove: readonly string[];
}

export interface HeaderIr {
  readonly name: string;
  readonly value: string;
}

export const noHeaderMutation: HeaderMutationIr = { set: [], add: [], remove: [] };
