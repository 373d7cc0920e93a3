import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { admitYaml, errorsOf } from "../../helpers/parse-yaml.ts";

const target = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}]";
const routeTarget = target.replace("Gateway", "HTTPRoute");

const policy = (spec: string): string =>
  `{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: BackendTrafficPolicy, metadata: {name: p}, spec: {${spec}}}`;

/** What an API server with upstream's CRD says to each; the path and the message. */
const refused: readonly (readonly [spec: string, error: string])[] = [
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

suite("rules of BackendTrafficPolicy", () => {
  for (const [spec, error] of refused)
    test(`refuse: ${error}`, () => {
      assert.deepEqual(errorsOf(admitYaml(policy(spec))), [error]);
    });

  test("let what upstream's CRD lets", () => {
    for (const spec of [
      target,
      `${routeTarget}, mergeType: StrategicMerge`,
      "targetSelectors: [{kind: HTTPRoute, matchLabels: {a: b}}]",
      `${target}, loadBalancer: {type: RoundRobin}, connection: {preconnect: {predictivePercent: 150}}`,
      `${target}, timeout: {tcp: {connectTimeout: 5s}, http: {requestTimeout: 24h, streamIdleTimeout: 1h30m}}`,
      `${target}, rateLimit: {local: {rules: [{clientSelectors: [{headers: [{name: a, value: b}]}], limit: {requests: 1, unit: Hour}}]}}`,
      `${target}, healthCheck: {active: {type: HTTP, http: {path: /, method: post, requestBody: {type: Text, text: a}}}, passive: {}}`,
      `${target}, circuitBreaker: {maxConnections: 4294967295, retryBudget: {percent: {numerator: 20}}}`,
      `${target}, responseOverride: [{match: {statusCodes: [{value: 500}]}, response: {body: {inline: no}}}]`.replace(
        "inline: no",
        'inline: "no"',
      ),
    ])
      assert.deepEqual(errorsOf(admitYaml(policy(spec))), [], spec);
  });
});

const route = (rule: string, parents = ""): string =>
  `{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r}, spec: {${parents} rules: [${rule}]}}`;

suite("rules of HTTPRoute", () => {
  const backend = "backendRefs: [{name: s, port: 80}]";
  const redirect = "{type: RequestRedirect, requestRedirect: {}}";
  const cases: readonly (readonly [text: string, error: string])[] = [
    [route("{backendRefs: [{name: s}]}"), "spec.rules[0].backendRefs[0]: Must have port for Service reference"],
    [
      route(`{filters: [${redirect}], ${backend}}`),
      "spec.rules[0]: RequestRedirect filter must not be used together with backendRefs",
    ],
    [
      route("{filters: [{type: RequestMirror, cors: {}, requestMirror: {backendRef: {name: s, port: 1}}}]}"),
      "spec.rules[0].filters[0]: filter.cors must be nil if the filter.type is not CORS",
    ],
    [
      route("{filters: [{type: URLRewrite}]}"),
      "spec.rules[0].filters[0]: filter.urlRewrite must be specified for URLRewrite filter.type",
    ],
    [
      route(`{filters: [${redirect}, ${redirect}]}`),
      "spec.rules[0].filters: RequestRedirect filter cannot be repeated",
    ],
    [
      route(`{filters: [${redirect}, {type: URLRewrite, urlRewrite: {}}]}`),
      "spec.rules[0].filters: May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
    ],
    [
      route("{matches: [{path: {value: a}}]}"),
      "spec.rules[0].matches[0].path: value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']",
    ],
    [
      route("{matches: [{path: {value: /a//b}}]}"),
      "spec.rules[0].matches[0].path: must not contain '//' when type one of ['Exact', 'PathPrefix']",
    ],
    [
      route("{matches: [{path: {value: /a/..}}]}"),
      "spec.rules[0].matches[0].path: must not end with '/..' when type one of ['Exact', 'PathPrefix']",
    ],
    [
      route("{timeouts: {request: 1s, backendRequest: 2s}}"),
      "spec.rules[0].timeouts: backendRequest timeout cannot be longer than request timeout",
    ],
    [
      route(
        "{matches: [{}, {}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /a}}}]}",
      ),
      "spec.rules[0]: When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
    ],
    [route("{name: a}, {name: a}"), "spec.rules: Rule name must be unique within the route"],
    [
      route("{}", "parentRefs: [{name: g}, {name: g}],"),
      "spec.parentRefs: sectionName or port must be unique when parentRefs includes 2 or more references to the same parent",
    ],
    [
      route("{}", "parentRefs: [{name: g}, {name: g, sectionName: a}],"),
      "spec.parentRefs: sectionName or port must be specified when parentRefs includes 2 or more references to the same parent",
    ],
    [
      route("{matches: [{headers: [{name: a, value: b}, {name: a, value: c}]}]}"),
      'spec.rules[0].matches[0].headers[1]: Duplicate value: name "a"',
    ],
    [
      route('{matches: [{headers: [{name: a, value: "b\\nc"}]}]}'),
      'spec.rules[0].matches[0].headers[0].value: Invalid value: "b\\nc": must match ^[^\\x00-\\x08\\x0A-\\x1F\\x7F]+$',
    ],
  ];
  for (const [text, error] of cases)
    test(`refuse: ${error}`, () => {
      assert.deepEqual(errorsOf(admitYaml(text)), [error]);
    });

  test("let a backend request without a limit on the whole be as long as it likes", () => {
    assert.deepEqual(errorsOf(admitYaml(route("{timeouts: {request: 0s, backendRequest: 2h}}"))), []);
  });
});
