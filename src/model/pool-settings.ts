/**
 * Every knob of a pool, in one table: its annotations, default, bounds and meaning. docs/reference/pool-annotations.md
 * says the same to users, and a test compares the two.
 */
import {
  authoritiesRef,
  boolean,
  bytes,
  decimal,
  duration,
  headerName,
  oneOf,
  secretKey,
  serverName,
  urlPath,
  type ValueReader,
  wholeNumber,
} from "./annotation-values.ts";
import { pickerChains } from "./ir.ts";

/** Ours. */
export const ownPrefix = "antechamber.dev/";
/** Names of the endpoint picker's environment in kebab case, as the published guide writes them. */
export const environmentPrefix = "inference-epp-env.networking.x-k8s.io/";

export interface Knob<Value> {
  /** The first that is present and good decides. */
  readonly annotations: readonly [string, ...string[]];
  /** As an annotation spells it. */
  readonly default: string;
  readonly value: ValueReader<Value>;
  readonly meaning: string;
}

export const knobs = {
  queueing: {
    annotations: [own("queueing"), environment("experimental-use-queueing")],
    default: "true",
    value: boolean,
    meaning: "requests wait in the gateway; false: none waits, and what is not Critical is refused under saturation",
  },
  admission: {
    annotations: [own("admission")],
    default: "headroom",
    value: oneOf("headroom", "utilization"),
    meaning: "when a server has room: by the predicted peak of its KV cache and its batch, or by the two thresholds",
  },
  queueDepthThreshold: {
    annotations: [environment("sd-queue-depth-threshold"), environment("queue-threshold-critical")],
    default: "5",
    value: wholeNumber(1, 1_000_000),
    meaning: "utilization: a server with more waiting requests than this has no room",
  },
  kvCacheUtilThreshold: {
    annotations: [environment("sd-kv-cache-util-threshold"), environment("kv-cache-threshold")],
    default: "0.8",
    value: decimal(0.01, 0.99),
    meaning: "utilization: a server that uses more of its KV cache than this share has no room",
  },
  metricsStalenessMs: {
    annotations: [environment("sd-metrics-staleness-threshold")],
    // The field's 200 ms go with a scrape every 50 ms; an idle server is scraped once a second here.
    default: "2s",
    value: duration(50, 60_000),
    meaning: "older readings of a server do not count; what was sent to it does",
  },
  holdBack: {
    annotations: [own("hold-back")],
    // Measured: docs/decisions/admission.md.
    default: "0.8",
    value: decimal(0, 1),
    meaning:
      "headroom: largest share of the room that is kept back for higher priorities; demand decides how much of it",
  },
  queueTtlMs: {
    annotations: [own("queue-ttl")],
    default: "0",
    value: duration(0, 59 * 60_000),
    meaning: "longest wait, counted from the arrival; 0: only the route's timeout and 59 minutes bound it",
  },
  maxDeadlineMs: {
    annotations: [own("max-deadline")],
    default: "0",
    value: duration(0, 59 * 60_000),
    meaning:
      "longest wait that a client may ask for (header x-llm-d-inference-ttl) in the place of queue-ttl; 0: a shorter one only",
  },
  trustClientObjective: {
    annotations: [own("trust-client-objective")],
    default: "false",
    value: boolean,
    meaning:
      "clients may name their InferenceObjective (header x-llm-d-inference-objective or x-gateway-inference-objective)",
  },
  trustClientFairness: {
    annotations: [own("trust-client-fairness")],
    default: "false",
    value: boolean,
    meaning: "clients may name their flow (header x-llm-d-inference-fairness-id or x-gateway-inference-fairness-id)",
  },
  starvationBoundMs: {
    annotations: [own("starvation-bound")],
    default: "0",
    value: duration(0, 59 * 60_000),
    meaning:
      "a request that has waited longer is served ahead of higher levels and of what is held back for them; 0: never",
  },
  starvationShare: {
    annotations: [own("starvation-share")],
    default: "0.1",
    value: decimal(0, 1),
    meaning: "largest share of the placements that are made so",
  },
  maxQueuedRequests: {
    annotations: [own("max-queued-requests")],
    // Ten times the 2,000 that are tested to wait at once; at some 10 KiB each of Envoy's and our memory, 200 MiB.
    default: "20000",
    value: wholeNumber(1, 1_000_000),
    meaning: "requests that may wait; the next is refused with 429",
  },
  maxQueuedBytes: {
    annotations: [own("max-queued-bytes")],
    // Envoy holds the waiting bodies: this and its own needs fit a container of 2 GiB.
    default: "1Gi",
    value: bytes("1Mi", "1024Gi"),
    meaning: "bytes of the bodies that may wait; the next request is refused with 429",
  },
  waitForEndpointsMs: {
    annotations: [own("wait-for-endpoints")],
    default: "0",
    value: duration(0, 59 * 60_000),
    meaning: "how long a request waits for a first endpoint (scale from zero); 0: 503 at once",
  },
  tokenUsage: {
    annotations: [own("token-usage")],
    default: "false",
    value: boolean,
    meaning: "Envoy reads the token counts in the answers: for the access log, metrics and the learned output length",
  },
  maxConcurrency: {
    annotations: [own("max-concurrency")],
    default: "0",
    value: wholeNumber(0, 1_000_000),
    meaning:
      "requests in flight that one server may have; the only bound for servers whose metrics are not known; 0: none",
  },
  queueWeight: {
    annotations: [environment("queue-score-weight")],
    default: "1",
    value: decimal(0, 1000),
    meaning: "weight of few waiting requests in the choice of a server",
  },
  kvCacheWeight: {
    annotations: [environment("kv-cache-score-weight")],
    default: "1",
    value: decimal(0, 1000),
    meaning: "weight of free KV cache in the choice of a server",
  },
  loraWeight: {
    annotations: [own("lora-score-weight")],
    default: "1",
    value: decimal(0, 1000),
    meaning: "weight of having the request's adapter loaded in the choice of a server",
  },
  routingStrategy: {
    annotations: ["inference.networking.x-k8s.io/routing-strategy"],
    default: "DEFAULT",
    value: oneOf("DEFAULT", "PREFIX_CACHE"),
    meaning: "PREFIX_CACHE: as enable-prefix-cache-scheduling",
  },
  prefixCache: {
    annotations: [environment("enable-prefix-cache-scheduling")],
    default: "false",
    value: boolean,
    meaning:
      "requests prefer servers that have lately been sent the beginning of their prompt; bodies go to the picker",
  },
  prefixWeight: {
    annotations: [environment("prefix-cache-score-weight")],
    default: "1",
    value: decimal(0, 1000),
    meaning: "weight of a known beginning of the prompt in the choice of a server",
  },
  prefixBlockBytes: {
    annotations: [environment("prefix-cache-hash-block-size")],
    default: "0",
    value: wholeNumber(0, 1_000_000),
    meaning:
      "bytes of the prompt that are compared at once; 0: four for each token of a block of the server's cache, or 64",
  },
  maxPrefixBlocks: {
    annotations: [environment("prefix-cache-max-prefix-blocks")],
    default: "128",
    value: wholeNumber(1, 10_000),
    meaning: "blocks of a prompt that are compared at most",
  },
  prefixCapacity: {
    annotations: [environment("prefix-cache-lru-capacity")],
    default: "0",
    value: wholeNumber(0, 1_000_000),
    meaning: "blocks that are remembered of each server; 0: as many as its cache has, or 50000",
  },
  sessionHeader: {
    annotations: [own("session-affinity")],
    default: "",
    value: headerName,
    meaning:
      "requests in which this header says the same prefer the server that served the last of them, while it has room",
  },
  sessionWeight: {
    annotations: [own("session-score-weight")],
    // More than all others together.
    default: "10",
    value: decimal(0, 1000),
    meaning: "weight of having served the session last in the choice of a server",
  },
  fallbacks: {
    annotations: [own("fallback-servers")],
    default: "2",
    value: wholeNumber(0, 10),
    meaning: "servers beside the chosen one that a request is tried on where no connection can be made",
  },
  serverTls: {
    annotations: [own("server-tls")],
    default: "false",
    value: boolean,
    meaning: "the servers speak TLS, and are sent nothing before it is known that they are who they should be",
  },
  serverTlsHostname: {
    annotations: [own("server-tls-hostname")],
    default: "",
    value: serverName,
    meaning: "what the servers are asked for (SNI), and what their certificates must be for; none: anything",
  },
  serverTlsCa: {
    annotations: [own("server-tls-ca")],
    default: "",
    value: authoritiesRef,
    meaning: "the object whose key ca.crt has the authorities of the servers' certificates; none: the system's",
  },
  serverTlsInsecureSkipVerify: {
    annotations: [own("server-tls-insecure-skip-verify")],
    default: "false",
    value: boolean,
    meaning: "true: nothing of the servers' certificates is checked",
  },
  metricsPort: {
    annotations: [own("metrics-port")],
    default: "0",
    value: wholeNumber(0, 65_535),
    meaning: "port of the servers' metrics; 0: the port that serves",
  },
  metricsPath: {
    annotations: [own("metrics-path")],
    default: "/metrics",
    value: urlPath,
    meaning: "path of the servers' metrics",
  },
  metricsScheme: {
    annotations: [own("metrics-scheme")],
    default: "auto",
    value: oneOf("auto", "http", "https"),
    meaning: "whether the servers' metrics are behind TLS; auto: where server-tls is true",
  },
  metricsInsecureSkipVerify: {
    annotations: [own("metrics-insecure-skip-verify")],
    default: "false",
    value: boolean,
    meaning: "true: the certificate of the metrics' port is not checked",
  },
  metricsCredential: {
    annotations: [own("metrics-credential")],
    default: "",
    value: secretKey,
    meaning: "what is sent to the metrics' port as a bearer token",
  },
  pickerProtocol: {
    annotations: [own("picker-protocol")],
    default: "auto",
    value: oneOf("auto", ...pickerChains),
    meaning:
      "how an external picker answers: once, with the whole body (full-duplex), or part by part (buffered); auto: it is tried out",
  },
  pickerTls: {
    annotations: [own("picker-tls")],
    default: "insecure",
    value: oneOf("insecure", "off"),
    meaning: "how an external picker is connected to: TLS without a check of its certificate, or none",
  },
} as const satisfies Readonly<Record<string, Knob<unknown>>>;

/** Those that are about a picker that is not ours. */
export const externalPickerKnobs = [knobs.pickerProtocol, knobs.pickerTls] as const;

/** Known annotations whose values here change nothing: any other asks for what is not there. */
export const fixedAnnotations: readonly {
  readonly annotation: string;
  readonly values: readonly [string, ...string[]];
  readonly why: string;
}[] = [
  {
    annotation: environment("experimental-use-scheduler-v2"),
    values: ["true"],
    why: "weighted scoring is the only scheduler",
  },
  {
    annotation: environment("queuing-threshold-lora"),
    values: ["128"],
    why: "adapters count by a weight, antechamber.dev/lora-score-weight",
  },
  {
    annotation: environment("lora-affinity-threshold"),
    values: ["0.999"],
    why: "adapters count by a weight, antechamber.dev/lora-score-weight",
  },
  { annotation: environment("use-streaming"), values: ["true"], why: "bodies of any size are streamed" },
  {
    annotation: environment("enable-req-header-based-scheduler-for-testing"),
    values: ["false"],
    why: "clients never choose a server",
  },
  {
    annotation: "inference.networking.x-k8s.io/model-server-runtime",
    values: ["vllm", "sglang", "trt-llm"],
    why: "the engine of each server is known by the names of its metrics",
  },
];

function own(name: string): string {
  return ownPrefix + name;
}

function environment(name: string): string {
  return environmentPrefix + name;
}
