/** Names that Envoy's configuration (xds/build) and the picker must agree on. */

/** The header by which HTTPRoutes name a model. Clients' values are stripped; Envoy sets it from the JSON body. */
export const modelHeader = "x-gateway-model-name";

/** Read by Envoy from the JSON body where the host needs the model; stripped before a server sees them. */
export const bodyFieldHeaders = {
  max_tokens: "x-antechamber-max-tokens",
  max_completion_tokens: "x-antechamber-max-completion-tokens",
  max_output_tokens: "x-antechamber-max-output-tokens",
  n: "x-antechamber-n",
} as const;

/** Set by Envoy where a route of the host limits its bodies: how many bytes it held when it read the JSON. Stripped too. */
export const bodyBytesHeader = "x-antechamber-body-bytes";

/** gRPC initial metadata of an ext_proc stream: what the chosen route says. Clients cannot forge it. */
export const streamMetadata = {
  /** PoolKey. */
  pool: "x-antechamber-pool",
  /** ClusterKey that the route names. */
  cluster: "x-antechamber-cluster",
  /** Decimal milliseconds; absent or 0: no limit by the route. Envoy's own timeout does not count the waiting. */
  routeTimeoutMs: "x-antechamber-route-timeout-ms",
  /** "1": the whole body follows in one message; else headers only. */
  body: "x-antechamber-body",
  /** What the rule says of its requests, each as `toMetadata` writes it; absent: nothing. */
  objective: "x-antechamber-objective",
  fairnessId: "x-antechamber-fairness-id",
} as const;

/** Metadata is printable ASCII, and Envoy reads "%" in it as a command of its own. */
export function toMetadata(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll("%", "=");
}

/** Undefined: nothing that `toMetadata` wrote. */
export function fromMetadata(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("=", "%"));
  } catch {
    return undefined;
  }
}

/** Name of an InferenceObjective, and whom a request is for: the present names first, then the older ones. */
export const objectiveHeaders: readonly string[] = ["x-llm-d-inference-objective", "x-gateway-inference-objective"];
export const fairnessHeaders: readonly string[] = ["x-llm-d-inference-fairness-id", "x-gateway-inference-fairness-id"];

/** What a client said by those names, kept for the pools that believe it; stripped before a server sees it. */
export const clientClaimHeaders = {
  objective: "x-antechamber-client-objective",
  fairnessId: "x-antechamber-client-fairness-id",
} as const;

/** How long the client is willing to wait in the queue: "1500ms". It can only make a wait shorter, or as long as the pool allows. */
export const ttlHeader = "x-llm-d-inference-ttl";

/** By which the inference extension's conformance suite names the servers that may serve: obeyed in its runs alone. */
export const selectionHeader = "test-epp-endpoint-selection";

/** In which it is told the server, in its runs alone. */
export const conformanceServedHeader = "x-conformance-test-served-endpoint";

/** ext_proc attributes that are asked for. */
export const requestAttributes = ["request.id", "request.time", "xds.route_name", "xds.cluster_name"] as const;

/** Dynamic metadata, by namespace. https://github.com/kubernetes-sigs/gateway-api-inference-extension/tree/main/docs/proposals/004-endpoint-picker-protocol */
export const destination = {
  namespace: "envoy.lb",
  /** "ip:port[,ip:port...]": first the pick, then where a retry goes. */
  key: "x-gateway-destination-endpoint",
  servedKey: "x-gateway-destination-endpoint-served",
} as const;

/** Ours, set by the picker with the placement and read back from the access log. */
export const placementMetadata = {
  namespace: "antechamber",
  key: "placement",
  /** PoolKey, and the wait in milliseconds as a number: for the JSON access log alone. */
  poolKey: "pool",
  waitedMsKey: "waited_ms",
  /** Token counts of the answer, where the pool wants them read from it. */
  promptTokensKey: "prompt_tokens",
  completionTokensKey: "completion_tokens",
} as const;

/** Routing headers that no client may set: removed before the first route decision. */
export const reservedHeaders = [
  modelHeader,
  ...Object.values(bodyFieldHeaders),
  bodyBytesHeader,
  destination.key,
  "x-gateway-destination-endpoint-subset",
  destination.servedKey,
  "x-gateway-model-name-rewrite",
  ...objectiveHeaders,
  ...fairnessHeaders,
  "x-llm-d-model-name-rewrite",
  "x-prefiller-host-port",
] as const;

/** Largest request body, bytes; above it 413. */
export const maxBodyBytes = 32 * 1024 * 1024;

/** Names of the bootstrap's static clusters that xds/build refers to. */
export const staticClusters = {
  xds: "antechamber-xds",
  picker: "antechamber-picker",
  accessLog: "antechamber-access-log",
  /** Envoy itself, where it knows its zone. */
  self: "antechamber-self",
} as const;
