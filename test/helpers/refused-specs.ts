/** What an API server with upstream's CRDs refuses: specs, each with the path and the message of its answer. */

export type Refused = readonly (readonly [spec: string, error: string])[];

/** A Gateway, as a policy names it. */
export const target = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}]";
export const routeTarget = target.replace("Gateway", "HTTPRoute");

export const policy = (spec: string): string =>
  `{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: BackendTrafficPolicy, metadata: {name: p}, spec: {${spec}}}`;

export const refusedPolicies: Refused = [
  ["timeout: {}", "spec: either targetRef or targetRefs must be used"],
  [
    `${target}, targetRef: {group: gateway.networking.k8s.io, kind: Gateway, name: g}`,
    "spec: either targetRef or targetRefs must be used",
  ],
  [
    "targetRef: {group: x, kind: Gateway, name: g}",
    "spec: this policy can only have a targetRef.group of gateway.networking.k8s.io",
  ],
  [
    "targetRef: {group: gateway.networking.k8s.io, kind: Pod, name: g}",
    "spec: this policy can only have a targetRef.kind of Gateway/ListenerSet/HTTPRoute/GRPCRoute/TCPRoute/UDPRoute/TLSRoute",
  ],
  [
    "targetRefs: [{group: x, kind: Gateway, name: g}]",
    "spec: this policy can only have a targetRefs[*].group of gateway.networking.k8s.io",
  ],
  [
    "targetRefs: [{group: gateway.networking.k8s.io, kind: Pod, name: g}]",
    "spec: this policy can only have a targetRefs[*].kind of Gateway/ListenerSet/HTTPRoute/GRPCRoute/TCPRoute/UDPRoute/TLSRoute",
  ],
  [`${target}, mergeType: JSONMerge`, "spec: mergeType can only be used with xRoute targets"],
  [
    `${routeTarget}, mergeType: Replace`,
    "spec.mergeType: Replace is not a valid MergeType for BackendTrafficPolicySpec",
  ],
  ["targetSelectors: [{group: x, kind: Gateway}]", "spec.targetSelectors[0]: group must be gateway.networking.k8s.io"],
  [
    "targetSelectors: [{kind: Gateway, namespaces: {from: Selector}}]",
    "spec.targetSelectors[0].namespaces: selector must be specified when from is Selector",
  ],
  [
    `${target}, compression: [{type: Gzip}], compressor: [{type: Gzip}]`,
    "spec: either compression or compressor can be set, not both",
  ],
  [
    `${target}, requestBuffer: {limit: 1Mi}, httpUpgrade: [{type: websocket}]`,
    "spec: requestBuffer cannot be used together with httpUpgrade",
  ],
  [
    `${target.replace("Gateway", "TCPRoute")}, admissionControl: {}`,
    "spec: admissionControl can only be used with HTTPRoute, GRPCRoute, Gateway, or ListenerSet targets",
  ],
  [
    `${target}, connection: {preconnect: {predictivePercent: 150}}`,
    "spec: predictivePercent in preconnect policy only works with RoundRobin or Random load balancers",
  ],
  [
    `${target}, loadBalancer: {type: ConsistentHash}`,
    "spec.loadBalancer: If LoadBalancer type is consistentHash, consistentHash field needs to be set.",
  ],
  [
    `${target}, loadBalancer: {type: ConsistentHash, consistentHash: {type: Header}}`,
    "spec.loadBalancer.consistentHash: If consistent hash type is header, the header field must be set.",
  ],
  [
    `${target}, loadBalancer: {type: ConsistentHash, consistentHash: {type: Headers}}`,
    "spec.loadBalancer.consistentHash: If consistent hash type is headers, the headers field must be set.",
  ],
  [
    `${target}, loadBalancer: {type: ConsistentHash, consistentHash: {type: Cookie}}`,
    "spec.loadBalancer.consistentHash: If consistent hash type is cookie, the cookie field must be set.",
  ],
  [
    `${target}, loadBalancer: {type: ConsistentHash, consistentHash: {type: QueryParams}}`,
    "spec.loadBalancer.consistentHash: If consistent hash type is queryParams, the queryParams field must be set.",
  ],
  [
    `${target}, loadBalancer: {type: BackendUtilization}`,
    "spec.loadBalancer: If LoadBalancer type is BackendUtilization, backendUtilization field needs to be set.",
  ],
  [
    `${target}, loadBalancer: {type: DynamicModule}`,
    "spec.loadBalancer: If LoadBalancer type is DynamicModule, dynamicModule field needs to be set.",
  ],
  [
    `${target}, loadBalancer: {type: Random, slowStart: {window: 1s}}`,
    "spec.loadBalancer: Currently SlowStart is only supported for RoundRobin, LeastRequest, and BackendUtilization load balancers.",
  ],
  [
    `${target}, loadBalancer: {type: ConsistentHash, consistentHash: {type: SourceIP}, zoneAware: {preferLocal: {}}}`,
    "spec.loadBalancer: PreferLocal zone-aware routing is not supported for ConsistentHash load balancers. Use weightedZones instead.",
  ],
  [
    `${target}, loadBalancer: {type: BackendUtilization, backendUtilization: {}, zoneAware: {preferLocal: {}}}`,
    "spec.loadBalancer: PreferLocal zone-aware routing is not currently supported for BackendUtilization load balancers. Only WeightedZones can be used with BackendUtilization.",
  ],
  [
    `${target}, loadBalancer: {type: DynamicModule, dynamicModule: {name: m, lbPolicyName: p}, zoneAware: {}}`,
    "spec.loadBalancer: ZoneAware routing is not supported for DynamicModule load balancers.",
  ],
  [
    `${target}, loadBalancer: {type: Random, zoneAware: {preferLocal: {}, weightedZones: []}}`,
    "spec.loadBalancer: ZoneAware PreferLocal and WeightedZones cannot be specified together.",
  ],
  [
    `${target}, loadBalancer: {type: DynamicModule, dynamicModule: {name: m, lbPolicyName: p}, endpointOverride: {extractFrom: [{}]}}`,
    "spec.loadBalancer: EndpointOverride is not supported for DynamicModule load balancers.",
  ],
  [
    `${target}, loadBalancer: {type: BackendUtilization, backendUtilization: {outOfBand: {reportingPeriod: 0s}}}`,
    "spec.loadBalancer.backendUtilization.outOfBand.reportingPeriod: reportingPeriod must be greater than 0",
  ],
  [
    `${target}, healthCheck: {active: {type: HTTP}}`,
    "spec.healthCheck.active: If Health Checker type is HTTP, http field needs to be set.",
  ],
  [
    `${target}, healthCheck: {active: {type: TCP}}`,
    "spec.healthCheck.active: If Health Checker type is TCP, tcp field needs to be set.",
  ],
  [
    `${target}, healthCheck: {active: {type: TCP, tcp: {}, grpc: {}}}`,
    "spec.healthCheck.active: The grpc field can only be set if the Health Checker type is GRPC.",
  ],
  [
    `${target}, healthCheck: {active: {type: HTTP, http: {path: /, method: GET, requestBody: {type: Text, text: a}}}}`,
    "spec.healthCheck.active.http: The requestBody field can only be set when method is POST or PUT.",
  ],
  [
    `${target}, healthCheck: {active: {type: TCP, tcp: {send: {type: Text}}}}`,
    "spec.healthCheck.active.tcp.send: If payload type is Text, text field needs to be set.",
  ],
  [
    `${target}, healthCheck: {active: {type: TCP, tcp: {send: {type: Binary}}}}`,
    "spec.healthCheck.active.tcp.send: If payload type is Binary, binary field needs to be set.",
  ],
  [
    `${target}, healthCheck: {active: {type: GRPC, healthCheckLog: {matches: [Failure]}}}`,
    "spec.healthCheck.active.healthCheckLog.matches: a failure type and a success type must both be specified together",
  ],
  [
    `${target}, rateLimit: {local: {rules: [{clientSelectors: [{}], limit: {requests: 1, unit: Hour}}]}}`,
    "spec.rateLimit.local.rules[0].clientSelectors[0]: at least one of headers, methods, path, sourceCIDR or queryParams must be specified",
  ],
  [
    `${target}, rateLimit: {local: {rules: [{limit: {requests: 1, unit: Hour}, cost: {response: {from: Number}}}]}}`,
    "spec.rateLimit.local.rules: response cost is not supported for Local Rate Limits",
  ],
  [
    `${target}, rateLimit: {local: {rules: [{limit: {requests: 1, unit: Hour, fromMetadata: {namespace: a, key: b}}}]}}`,
    "spec.rateLimit.local.rules: limit fromMetadata is not supported for Local Rate Limits",
  ],
  [
    `${target}, rateLimit: {global: {rules: [{limit: {requests: 1, unit: Hour}, cost: {request: {from: Number, number: 1, metadata: {namespace: a, key: b}}}}]}}`,
    "spec.rateLimit.global.rules[0].cost.request: only one of number or metadata can be specified",
  ],
  [`${target}, bandwidthLimit: {}`, "spec.bandwidthLimit: at least one of request or response must be specified"],
  [`${target}, faultInjection: {}`, "spec.faultInjection: Delay and abort faults are set at least one."],
  [
    `${target}, faultInjection: {abort: {httpStatus: 500, grpcStatus: 1}}`,
    "spec.faultInjection.abort: httpStatus and grpcStatus cannot be simultaneously defined.",
  ],
  [
    `${target}, faultInjection: {abort: {}}`,
    "spec.faultInjection.abort: httpStatus and grpcStatus are set at least one.",
  ],
  [
    `${target}, telemetry: {tracing: {samplingFraction: {numerator: 200}}}`,
    "spec.telemetry.tracing.samplingFraction: numerator must be less than or equal to denominator",
  ],
  [
    `${target}, http2: {connectionKeepalive: {interval: 1s, timeout: 1s}}`,
    "spec.http2.connectionKeepalive: timeout must be less than interval",
  ],
  [
    `${target}, admissionControl: {minSuccessRate: 0}`,
    "spec.admissionControl: minSuccessRate must be between 1 and 100",
  ],
  [
    `${target}, admissionControl: {maxRejectionPercent: 101}`,
    "spec.admissionControl: maxRejectionPercent must be between 0 and 100",
  ],
  [`${target}, admissionControl: {samplingWindow: 500ms}`, "spec.admissionControl: samplingWindow must be at least 1s"],
  [
    `${target}, responseOverride: [{match: {statusCodes: [{value: 500}]}}]`,
    "spec.responseOverride[0]: exactly one of response or redirect must be specified",
  ],
  [
    `${target}, responseOverride: [{match: {}, response: {}}]`,
    "spec.responseOverride[0].match: at least one of statusCodes or responseHeaders must be specified",
  ],
  [
    `${target}, responseOverride: [{match: {statusCodes: [{type: Value}]}, response: {}}]`,
    "spec.responseOverride[0].match.statusCodes[0]: value must be set for type Value",
  ],
  [
    `${target}, responseOverride: [{match: {statusCodes: [{type: Range}]}, response: {}}]`,
    "spec.responseOverride[0].match.statusCodes[0]: range must be set for type Range",
  ],
  [
    `${target}, responseOverride: [{match: {statusCodes: [{type: Range, range: {start: 5, end: 5}}]}, response: {}}]`,
    "spec.responseOverride[0].match.statusCodes[0].range: end must be greater than start",
  ],
  [
    `${target}, responseOverride: [{match: {statusCodes: [{value: 500}]}, response: {body: {}}}]`,
    "spec.responseOverride[0].response.body: inline must be set for type Inline",
  ],
  [
    `${target}, responseOverride: [{match: {statusCodes: [{value: 500}]}, response: {body: {type: ValueRef}}}]`,
    "spec.responseOverride[0].response.body: valueRef must be set for type ValueRef",
  ],
  [
    `${target}, responseOverride: [{match: {statusCodes: [{value: 500}]}, response: {body: {type: ValueRef, valueRef: {group: "", kind: Secret, name: a}}}}]`,
    "spec.responseOverride[0].response.body: only ConfigMap is supported for ValueRef",
  ],
  [
    `${target}, responseOverride: [{match: {statusCodes: [{value: 500}]}, response: {header: {remove: [a]}}}]`,
    "spec.responseOverride[0].response.header: Remove is not supported for header in CustomResponse",
  ],
  [
    `${target}, responseOverride: [{match: {statusCodes: [{value: 500}]}, redirect: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /a}}}]`,
    "spec.responseOverride[0].redirect.path: only ReplaceFullPath is supported for path.type",
  ],
  [
    `${target}, httpUpgrade: [{type: websocket, connect: {}}]`,
    "spec.httpUpgrade[0]: The connect configuration is only allowed when the type is CONNECT.",
  ],
];

export const envoyProxy = (spec: string): string =>
  `{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: EnvoyProxy, metadata: {name: p}, spec: {${spec}}}`;
export const onKubernetes = (settings: string): string => `provider: {type: Kubernetes, kubernetes: {${settings}}}`;
const sink = (one: string): string => `telemetry: {accessLog: {settings: [{sinks: [{${one}}]}]}}`;
const collector = (backend: string): string => sink(`type: OpenTelemetry, openTelemetry: {${backend}}`);
const [workload, log] = ["spec.provider.kubernetes", "spec.telemetry.accessLog.settings[0]"];

export const refusedProxies: Refused = [
  ["provider: {}", "spec.provider.type: Required value"],
  ["mergeGateways: true, mergeBackends: {}", "spec: mergeGateways and mergeBackends cannot both be enabled"],
  ["bootstrap: {}", "spec.bootstrap: provided bootstrap patch doesn't match the configured patch type"],
  [
    "bootstrap: {type: JSONPatch, jsonPatches: []}",
    "spec.bootstrap: provided bootstrap patch doesn't match the configured patch type",
  ],
  [
    "backendTLS: {minVersion: '1.3', maxVersion: '1.2'}",
    "spec.backendTLS: minVersion must be smaller or equal to maxVersion",
  ],
  ["filterOrder: [{name: envoy.filters.http.cors}]", "spec.filterOrder[0]: one of before or after must be specified"],
  [
    "filterOrder: [{name: envoy.filters.http.cors, before: envoy.filters.http.wasm, after: envoy.filters.http.wasm}]",
    "spec.filterOrder[0]: only one of before or after can be specified",
  ],
  [
    "dynamicModules: [{name: m, source: {}}]",
    "spec.dynamicModules[0].source: If type is Local, local field needs to be set.",
  ],
  [
    "dynamicModules: [{name: m, source: {type: Remote}}]",
    "spec.dynamicModules[0].source: If type is Remote, remote field needs to be set.",
  ],
  ["geoIP: {provider: {type: MaxMind}}", "spec.geoIP.provider: maxMind must be set when type is MaxMind"],
  [
    "geoIP: {provider: {type: MaxMind, maxMind: {}}}",
    "spec.geoIP.provider.maxMind: at least one MaxMind database source must be specified",
  ],
  [
    onKubernetes("envoyDeployment: {}, envoyDaemonSet: {}"),
    `${workload}: only one of envoyDeployment or envoyDaemonSet can be specified`,
  ],
  [
    onKubernetes("envoyHpa: {maxReplicas: 2}, envoyDaemonSet: {}"),
    `${workload}: cannot use envoyHpa if envoyDaemonSet is used`,
  ],
  [
    onKubernetes("envoyDeployment: {container: {image: a, imageRepository: b}}"),
    `${workload}.envoyDeployment.container: Either image or imageRepository can be set.`,
  ],
  [
    onKubernetes("envoyDeployment: {container: {resources: 2}}"),
    `${workload}.envoyDeployment.container.resources: must be an object, not 2`,
  ],
  [
    onKubernetes("envoyHpa: {minReplicas: 3, maxReplicas: 2}"),
    `${workload}.envoyHpa: maxReplicas cannot be less than minReplicas`,
  ],
  [onKubernetes("envoyHpa: {maxReplicas: 0}"), `${workload}.envoyHpa.maxReplicas: maxReplicas must be greater than 0`],
  [
    onKubernetes("envoyPDB: {minAvailable: 1, maxUnavailable: 1}"),
    `${workload}.envoyPDB: only one of minAvailable or maxUnavailable can be specified`,
  ],
  [
    onKubernetes("envoyService: {type: ClusterIP, loadBalancerIP: 1.2.3.4}"),
    `${workload}.envoyService: loadBalancerIP can only be set for LoadBalancer type`,
  ],
  [
    onKubernetes("envoyService: {loadBalancerIP: 'fd00::1'}"),
    `${workload}.envoyService.loadBalancerIP: loadBalancerIP must be a valid IPv4 address`,
  ],
  [sink("type: File"), `${log}.sinks[0]: If AccessLogSink type is File, file field needs to be set.`],
  [
    "telemetry: {accessLog: {settings: [{format: {}, sinks: [{type: File, file: {}}]}]}}",
    `${log}.format: If AccessLogFormat type is unset, at least one of text or json must be set.`,
  ],
  [sink("type: ALS, als: {type: HTTP}"), `${log}.sinks[0].als: must have at least one backend in backendRefs`],
  [collector("port: 4317"), `${log}.sinks[0].openTelemetry: host or backendRefs needs to be set`],
  [
    collector("host: h, backendRef: {name: b, port: 1}"),
    `${log}.sinks[0].openTelemetry: BackendRefs must be used, backendRef is not supported.`,
  ],
  [
    collector("backendRefs: [{name: b}]"),
    `${log}.sinks[0].openTelemetry.backendRefs[0]: Must have port for Service reference`,
  ],
  [
    collector("backendRefs: [{name: b, kind: Pod}]"),
    `${log}.sinks[0].openTelemetry: BackendRefs only support Service and Backend kind.`,
  ],
  [
    "telemetry: {tracing: {samplingRate: 1, samplingFraction: {numerator: 1}, provider: {host: h}}}",
    "spec.telemetry.tracing: only one of SamplingRate or SamplingFraction can be specified",
  ],
  [
    "telemetry: {tracing: {provider: {host: h, type: Zipkin, openTelemetry: {}}}}",
    "spec.telemetry.tracing.provider: openTelemetry can only be used with type OpenTelemetry",
  ],
];
