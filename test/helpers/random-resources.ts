/** Resources as fast-check draws them: few names, so that references meet, conflict and miss. */
import fc from "fast-check";
import type { Resource } from "../../src/resources/admit.ts";
import { makeCertificate, type TestCertificate, tlsSecret } from "./certificates.ts";
import { admitted } from "./resources-from-yaml.ts";

type Raw = Readonly<Record<string, unknown>>;

const gatewayGroup = "gateway.networking.k8s.io";
const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const maybe = <T>(field: string, value: fc.Arbitrary<T>): fc.Arbitrary<Raw> =>
  fc.option(value, { nil: undefined }).map((drawn) => (drawn === undefined ? {} : { [field]: drawn }));
const joined = (...parts: readonly fc.Arbitrary<Raw>[]): fc.Arbitrary<Raw> =>
  fc.tuple(...parts).map((drawn) => Object.assign({}, ...drawn) as Raw);
const list = <T>(item: fc.Arbitrary<T>, minLength: number, maxLength: number): fc.Arbitrary<T[]> =>
  fc.array(item, { minLength, maxLength });

const namespace = oneOf("default", "other");
const created = maybe("creationTimestamp", oneOf("2024-01-01T00:00:00Z", "2024-06-01T00:00:00Z"));
const labels = maybe("labels", oneOf({ tier: "edge" }));
const hostname = oneOf("a.example.com", "b.example.com", "*.example.com", "*.com", "c.org");

function object(
  apiVersion: string,
  kind: string,
  names: fc.Arbitrary<string>,
  body: fc.Arbitrary<Raw>,
): fc.Arbitrary<Raw> {
  return fc
    .tuple(names, namespace, created, labels, fc.integer({ min: 1, max: 3 }), body)
    .map(([name, inNamespace, age, own, generation, rest]) => ({
      apiVersion,
      kind,
      ...rest,
      metadata: { name, namespace: inNamespace, generation, ...age, ...own, ...(rest["metadata"] as Raw | undefined) },
    }));
}

const listener = joined(
  oneOf<Raw>(
    { port: 80, protocol: "HTTP" },
    { port: 81, protocol: "HTTP" },
    { port: 81, protocol: "TCP" },
    { port: 443, protocol: "HTTPS", tls: { certificateRefs: [{ name: "c0" }] } },
    { port: 443, protocol: "HTTPS", tls: { certificateRefs: [{ name: "c0", namespace: "other" }, { name: "c1" }] } },
    { port: 81, protocol: "HTTPS", tls: { certificateRefs: [{ name: "c1" }], options: { "example.com/x": "1" } } },
  ),
  maybe("allowedRoutes", fc.record({ namespaces: oneOf<Raw>({ from: "All" }, { from: "Same" }, labelled("a")) })),
).chain((one) =>
  one["protocol"] === "TCP" ? fc.constant(one) : maybe("hostname", hostname).map((host) => ({ ...one, ...host })),
);

function labelled(team: string): Raw {
  return { from: "Selector", selector: { matchLabels: { team } } };
}

const listeners = fc
  .uniqueArray(listener, {
    minLength: 1,
    maxLength: 4,
    selector: (one) => `${one["port"]} ${one["protocol"]} ${one["hostname"]}`,
  })
  .map((all) => all.map((one, index) => ({ name: `l${index}`, ...one })));

const gateway = object(
  `${gatewayGroup}/v1`,
  "Gateway",
  oneOf("g0", "g1"),
  listeners.map((all) => ({ spec: { gatewayClassName: "ours", listeners: all } })),
);

const parentRef = joined(
  fc.record({ name: oneOf("g0", "g1"), namespace }),
  maybe("sectionName", oneOf("l0", "l1", "l2")),
);

const match = joined(
  fc.record({
    path: fc.record({ type: oneOf("Exact", "PathPrefix", "RegularExpression"), value: oneOf("/", "/a", "/a/b", "/c") }),
  }),
  maybe("method", oneOf("GET", "POST")),
  maybe(
    "headers",
    oneOf(
      [{ name: "X-Gateway-Model-Name", value: "m0" }],
      [{ name: "x-gateway-model-name", type: "RegularExpression", value: "m.*" }],
      [{ name: "x-user", type: "RegularExpression", value: "(" }],
    ),
  ),
);

const backendRef = oneOf<Raw>(
  { name: "s0", port: 80 },
  { name: "s1", port: 80 },
  { name: "s0", port: 81, weight: 3 },
  { name: "s0", namespace: "other", port: 80 },
  { group: "inference.networking.k8s.io", kind: "InferencePool", name: "p0", weight: 2 },
  { group: "inference.networking.x-k8s.io", kind: "InferencePool", name: "p0" },
  { group: "inference.networking.k8s.io", kind: "InferencePool", name: "p0", namespace: "other" },
  { group: "gateway.envoyproxy.io", kind: "Backend", name: "b0", namespace: "other" },
  { group: "gateway.envoyproxy.io", kind: "Backend", name: "b1" },
);

const mirrorTo = (backend: Raw): Raw => ({ type: "RequestMirror", requestMirror: { backendRef: backend } });
const filters = fc
  .tuple(
    fc.boolean(),
    fc.boolean(),
    list(
      oneOf<Raw>(
        mirrorTo({ name: "s0", port: 80 }),
        mirrorTo({ name: "s1", namespace: "other", port: 80 }),
        mirrorTo({ group: "inference.networking.k8s.io", kind: "InferencePool", name: "p0" }),
      ),
      0,
      2,
    ),
  )
  .map(([rewrites, cors, mirrors]): readonly Raw[] => [
    ...(rewrites ? [{ type: "URLRewrite", urlRewrite: { hostname: "a.example.com" } }] : []),
    ...(cors ? [{ type: "CORS", cors: { allowOrigins: ["https://a.example.com"] } }] : []),
    ...mirrors,
  ]);

const forwardingRule = joined(
  fc.record({ matches: list(match, 0, 3), backendRefs: list(backendRef, 0, 3) }),
  maybe("timeouts", oneOf({ request: "1s" }, { request: "2s", backendRequest: "1s" })),
  maybe("retry", oneOf({}, { codes: [500], attempts: 1 })),
  maybe("filters", filters),
);

const redirectingRule = joined(
  fc.record({ matches: list(match, 0, 3) }),
  fc.record({
    filters: oneOf<Raw>({}, { scheme: "https" }, { port: 8443 }).map((requestRedirect) => [
      { type: "RequestRedirect", requestRedirect },
    ]),
  }),
);

const rule = fc.oneof({ weight: 4, arbitrary: forwardingRule }, { weight: 1, arbitrary: redirectingRule });

const route = object(
  `${gatewayGroup}/v1`,
  "HTTPRoute",
  oneOf("r0", "r1", "r2", "r3"),
  fc
    .record({
      parentRefs: fc.uniqueArray(parentRef, {
        minLength: 1,
        maxLength: 2,
        selector: (ref) => `${ref["namespace"]}/${ref["name"]}`,
      }),
      hostnames: fc.uniqueArray(hostname, { maxLength: 2 }),
      rules: list(rule, 1, 3).map((rules) => rules.map((one, index) => ({ name: `rule${index}`, ...one }))),
    })
    .map((spec) => ({ spec })),
);

const service = object(
  "v1",
  "Service",
  oneOf("s0", "s1", "epp"),
  fc.record({
    spec: oneOf<Raw>(
      { ports: [{ port: 80 }] },
      { ports: [{ name: "http", port: 80, targetPort: 8080 }], selector: { app: "s" } },
    ),
  }),
);

const annotations = oneOf<Raw>({}, { "antechamber.dev/queue-ttl": "5s" }, { "antechamber.dev/queue-ttl": "soon" });

const pool = oneOf("v1", "v1alpha2").chain((version) =>
  object(
    version === "v1" ? "inference.networking.k8s.io/v1" : "inference.networking.x-k8s.io/v1alpha2",
    "InferencePool",
    oneOf("p0"),
    fc.tuple(annotations, oneOf("epp", "absent")).map(([own, picker]) => ({
      metadata: { annotations: own },
      spec:
        version === "v1"
          ? { selector: { matchLabels: { app: "v" } }, targetPorts: [{ number: 8000 }] }
          : { selector: { app: "v" }, targetPortNumber: 8000, extensionRef: { name: picker } },
    })),
  ),
);

const model = object(
  "inference.networking.x-k8s.io/v1alpha2",
  "InferenceModel",
  oneOf("a", "b", "c"),
  fc
    .tuple(
      joined(
        fc.record({ modelName: oneOf("m0", "m1"), poolRef: oneOf({ name: "p0" }) }),
        maybe("criticality", oneOf("Critical", "Sheddable")),
        maybe("targetModels", oneOf([{ name: "m0" }], [{ name: "x", weight: 1 }])),
      ),
    )
    .map(([spec]) => ({ spec })),
);

/** Without a group their pool is of the stable one. */
const rankPoolRef = oneOf({ name: "p0" }, { name: "p0", group: "inference.networking.x-k8s.io" });

const objective = object(
  "inference.networking.x-k8s.io/v1alpha2",
  "InferenceObjective",
  oneOf("a", "b"),
  fc.tuple(joined(fc.record({ poolRef: rankPoolRef }), maybe("priority", oneOf(-1, 100)))).map(([spec]) => ({ spec })),
);

const rewriteRule = joined(
  maybe("matches", oneOf([], [{ model: { value: "m0" } }], [{ model: { value: "m2" } }])),
  maybe("targets", oneOf([{ modelRewrite: "m0" }], [{ modelRewrite: "y", weight: 2 }])),
);

const rewrite = object(
  "inference.networking.x-k8s.io/v1alpha2",
  "InferenceModelRewrite",
  oneOf("a", "b"),
  fc.record({ poolRef: rankPoolRef, rules: fc.array(rewriteRule, { maxLength: 2 }) }).map((spec) => ({ spec })),
);

const target = joined(
  oneOf<Raw>(
    { group: gatewayGroup, kind: "Gateway", name: "g0" },
    { group: gatewayGroup, kind: "Gateway", name: "g0", sectionName: "l0" },
    { group: gatewayGroup, kind: "HTTPRoute", name: "r0" },
    { group: gatewayGroup, kind: "HTTPRoute", name: "r0", sectionName: "rule1" },
  ),
);

const targetSelector = joined(
  fc.record({ kind: oneOf("Gateway", "HTTPRoute") }),
  maybe("matchLabels", oneOf({ tier: "edge" })),
  maybe("namespaces", oneOf<Raw>({ from: "Same" }, { from: "All" }, labelled("a"))),
);

const policy = object(
  "gateway.envoyproxy.io/v1alpha1",
  "BackendTrafficPolicy",
  oneOf("x", "y", "z"),
  fc
    .record({
      targets: oneOf<"named" | "selected">("named", "selected"),
      targetRefs: list(target, 1, 2),
      targetSelectors: list(targetSelector, 1, 2),
      timeout: oneOf<Raw>(
        { http: { requestTimeout: "5s" } },
        { http: { maxStreamDuration: "5s" } },
        { tcp: { connectTimeout: "1s" } },
        { tcp: { connectTimeout: "0s" } },
      ),
      more: oneOf<Raw>(
        {},
        { requestBuffer: { limit: "1Ki" }, loadBalancer: { type: "Random" } },
        { httpUpgrade: [{ type: "websocket" }], faultInjection: { abort: { httpStatus: 503 } } },
        { compressor: [{ type: "Gzip" }], retry: { numRetries: 1 } },
      ),
      mergeType: oneOf<Raw>({}, { mergeType: "StrategicMerge" }, { mergeType: "JSONMerge" }),
    })
    // Only policies of routes may merge.
    .map(({ targets, targetRefs, targetSelectors, more, mergeType, ...spec }) => {
      const chosen = targets === "named" ? { targetRefs } : { targetSelectors };
      const merges = Object.values(chosen)
        .flat()
        .every((one) => one["kind"] === "HTTPRoute");
      return { spec: { ...chosen, ...spec, ...more, ...(merges ? mergeType : {}) } };
    }),
);

const grant = object(
  `${gatewayGroup}/v1beta1`,
  "ReferenceGrant",
  oneOf("t0", "t1"),
  fc
    .record({
      from: list(
        fc
          .tuple(
            oneOf(
              { group: gatewayGroup, kind: "HTTPRoute" },
              { group: gatewayGroup, kind: "Gateway" },
              { group: "gateway.envoyproxy.io", kind: "BackendTrafficPolicy" },
            ),
            namespace,
          )
          .map(([who, where]) => ({ ...who, namespace: where })),
        1,
        2,
      ),
      to: list(
        oneOf<Raw>(
          { group: "", kind: "Service" },
          { group: "", kind: "Service", name: "s1" },
          { group: "", kind: "Secret" },
          { group: "", kind: "Secret", name: "c0" },
          { group: "gateway.envoyproxy.io", kind: "Backend", name: "b0" },
          { group: "inference.networking.k8s.io", kind: "InferencePool" },
          { group: gatewayGroup, kind: "HTTPRoute" },
          { group: gatewayGroup, kind: "Gateway", name: "g0" },
        ),
        1,
        3,
      ),
    })
    .map((spec) => ({ spec })),
);

const backend = object(
  "gateway.envoyproxy.io/v1alpha1",
  "Backend",
  oneOf("b0", "b1"),
  joined(
    oneOf<Raw>(
      { endpoints: [{ ip: { address: "10.0.0.1", port: 80 } }] },
      { endpoints: [{ ip: { address: "127.0.0.1", port: 80 } }, { unix: { path: "/a" } }] },
      { endpoints: [{ fqdn: { hostname: "a.example.com", port: 0 } }] },
    ),
    maybe("fallback", fc.boolean()),
    maybe("appProtocols", oneOf(["gateway.envoyproxy.io/h2c"], ["gateway.envoyproxy.io/wss"])),
  ).map((spec) => ({ spec })),
);

const certificates = [
  await makeCertificate({ names: ["a.example.com"] }),
  await makeCertificate({ names: ["a.example.com"] }),
  await makeCertificate({ names: ["*.example.com", "c.org"] }),
];

const secret = object(
  "v1",
  "Secret",
  oneOf("c0", "c1"),
  oneOf<Raw>(
    ...certificates.map((certificate) => ({ ...tlsSecret("", certificate), metadata: {} })),
    { type: "Opaque", stringData: { a: "b" } },
    { type: "kubernetes.io/tls", stringData: { "tls.crt": "no", "tls.key": "pair" } },
  ),
);

const clusterScoped: readonly Raw[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "other", labels: { team: "a" } } },
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "other", labels: { team: "b" } } },
  gatewayClass("gateway.envoyproxy.io/gatewayclass-controller"),
  gatewayClass("gateway.envoyproxy.io/gatewayclass-controller"),
  gatewayClass("example.com/another"),
];

function gatewayClass(controllerName: string): Raw {
  return {
    apiVersion: `${gatewayGroup}/v1`,
    kind: "GatewayClass",
    metadata: { name: "ours" },
    spec: { controllerName },
  };
}

/** One of each that works, so that edits have an effect. */
export const baseResources: readonly Resource[] = [
  clusterScoped[0] as Raw,
  clusterScoped[2] as Raw,
  {
    apiVersion: `${gatewayGroup}/v1`,
    kind: "Gateway",
    metadata: { name: "g0", namespace: "default" },
    spec: {
      gatewayClassName: "ours",
      listeners: [{ name: "l0", port: 80, protocol: "HTTP", allowedRoutes: { namespaces: labelled("a") } }],
    },
  },
  tlsSecret("c0", certificates[0] as TestCertificate),
  tlsSecret("c1", certificates[2] as TestCertificate),
  tlsSecret("c0", certificates[0] as TestCertificate, "other"),
  { apiVersion: "v1", kind: "Service", metadata: { name: "s0", namespace: "other" }, spec: { ports: [{ port: 80 }] } },
  {
    apiVersion: `${gatewayGroup}/v1`,
    kind: "HTTPRoute",
    metadata: { name: "r0", namespace: "other" },
    spec: {
      parentRefs: [{ name: "g0", namespace: "default" }],
      rules: [{ backendRefs: [{ name: "s0", port: 80 }] }],
    },
  },
].map(admitted);

export const anyResource: fc.Arbitrary<Resource> = fc
  .oneof(
    { weight: 3, arbitrary: gateway },
    { weight: 8, arbitrary: route },
    { weight: 3, arbitrary: service },
    { weight: 3, arbitrary: pool },
    { weight: 4, arbitrary: model },
    { weight: 1, arbitrary: objective },
    { weight: 2, arbitrary: rewrite },
    { weight: 4, arbitrary: policy },
    { weight: 3, arbitrary: grant },
    { weight: 3, arbitrary: secret },
    { weight: 2, arbitrary: backend },
    { weight: 3, arbitrary: oneOf(...clusterScoped) },
  )
  .map(admitted);
