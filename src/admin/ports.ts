/**
 * What the admin API reads. It sees no other part of the program: the composition root hands these in. The shapes are
 * schemas, so that the published OpenAPI is what the types say.
 */
import { type Static, Type } from "typebox";
import type { DeepReadonly } from "../lib/deep-readonly.ts";
import type { DecisionPageView } from "./decision-view.ts";
import type { PoolView } from "./pool-view.ts";
import type { GatewayXdsView, XdsFilter } from "./xds-view.ts";

/** All answers are about the moment of the call; none holds a prompt, a credential or a client's header. */
export interface AdminPorts {
  readiness(): readonly ReadinessCheck[];
  ownership(): OwnershipView;
  /** Texts in Prometheus' format, of this thread and of the picker's. */
  metrics(): Promise<readonly string[]>;
  proxies(): readonly ProxyView[];
  /** Prometheus text of a proxy; undefined: no such proxy. Rejects while the proxy does not answer. */
  proxyMetrics(nodeId: string): Promise<string> | undefined;
  queues(): readonly QueueView[];
  endpoints(): readonly EndpointView[];
  pools(): readonly PoolView[];
  statuses(): readonly StatusView[];
  /** Of each Gateway, what its proxies are to have; credentials are left out. */
  xds(filter: XdsFilter): readonly GatewayXdsView[];
  /** The newest of those that were sampled; undefined while the picker does not answer. */
  decisions(limit: number): Promise<DecisionPageView | undefined>;
}

const readinessCheck = Type.Object({
  name: Type.String({ description: "What is checked" }),
  ready: Type.Boolean(),
  reason: Type.Optional(Type.String({ description: "Why it is not ready" })),
});
export type ReadinessCheck = Readonly<Static<typeof readinessCheck>>;

export const readinessView = Type.Object({ ready: Type.Boolean(), checks: Type.Array(readinessCheck) });

export const ownershipView = Type.Object({
  role: Type.Enum(["owner", "standby", "yielding"], {
    description: "owner: it serves proxies, picks and writes; yielding: it hands that over",
  }),
  identity: Type.Optional(Type.String({ description: "Of this replica; absent: there are no others" })),
  holder: Type.Optional(Type.String({ description: "Identity of the replica that owns, as far as it is known" })),
});
export type OwnershipView = Readonly<Static<typeof ownershipView>>;

const resourceTypeView = Type.Object({
  type: Type.String({ description: "cluster, endpoint, secret, listener or route" }),
  state: Type.Enum(["SYNCED", "STALE", "NOT_SENT", "UNSUBSCRIBED", "NACKED", "HELD"], {
    description: "HELD: in effect but for resources that the proxy refused",
  }),
  resources: Type.Integer(),
  ageMs: Type.Optional(Type.Number({ description: "Since the state began" })),
  lastError: Type.Optional(Type.String({ description: "Text of the last NACK" })),
});

export const proxyView = Type.Object({
  nodeId: Type.String(),
  gateway: Type.String({ description: "namespace/name" }),
  connected: Type.Boolean({ description: "Its xDS stream is open" }),
  version: Type.Optional(Type.String({ description: "Of its Envoy" })),
  acknowledgedSequence: Type.Optional(Type.Integer()),
  sequence: Type.Optional(Type.Integer({ description: "Of the snapshot that it is to have" })),
  types: Type.Array(resourceTypeView),
  process: Type.Optional(
    Type.Object(
      {
        phase: Type.String(),
        pid: Type.Optional(Type.Integer()),
        adminSocket: Type.Optional(Type.String({ description: "Unix socket of Envoy's own admin interface" })),
        detail: Type.Optional(Type.String()),
        restarts: Type.Integer(),
        portProblems: Type.Array(Type.String()),
      },
      { description: "Where Envoy is a child process" },
    ),
  ),
});
export type ProxyView = DeepReadonly<Static<typeof proxyView>>;

const bandView = Type.Object({
  priority: Type.Integer(),
  waiting: Type.Integer(),
  bytes: Type.Integer(),
  oldestWaitMs: Type.Number(),
});

export const queueView = Type.Object({
  pool: Type.String(),
  queueing: Type.Boolean(),
  admission: Type.Enum(["headroom", "utilization"]),
  saturated: Type.Boolean(),
  bands: Type.Array(bandView, { description: "Highest priority first" }),
  waiting: Type.Integer(),
  waitingBytes: Type.Integer(),
  limits: Type.Object({ requests: Type.Integer(), bytes: Type.Integer() }),
  outcomes: Type.Record(Type.String(), Type.Integer(), { description: "How requests left the queue, since the start" }),
});
export type QueueView = DeepReadonly<Static<typeof queueView>>;

export const endpointView = Type.Object({
  address: Type.String(),
  name: Type.String(),
  pools: Type.Array(Type.String()),
  state: Type.Enum(["ready", "unread", "not-programmed", "ejected", "not-ready", "draining"]),
  kind: Type.Enum(["vllm", "sglang", "trt-llm", "unknown"]),
  readingAgeMs: Type.Optional(Type.Number()),
  waiting: Type.Optional(Type.Number()),
  running: Type.Optional(Type.Number()),
  kvCacheUtil: Type.Optional(Type.Number()),
  kvCacheTokens: Type.Optional(Type.Number()),
  generatedTokensTotal: Type.Optional(Type.Number({ description: "The server's own counter of tokens produced" })),
  inFlight: Type.Integer({ description: "Sent by this gateway and not ended" }),
  inFlightTokens: Type.Number(),
  lastError: Type.Optional(Type.String()),
});
export type EndpointView = DeepReadonly<Static<typeof endpointView>>;

export const statusView = Type.Object({
  group: Type.String(),
  kind: Type.String(),
  namespace: Type.String(),
  name: Type.String(),
  generation: Type.Integer(),
  status: Type.Unknown({ description: "As the kind's Kubernetes API spells it" }),
});
export type StatusView = Readonly<Static<typeof statusView>>;
