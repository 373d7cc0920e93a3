/** What a real Envoy has, by its config_dump, against what the model and xds/build meant: field by field, by name. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createEndpointLane } from "../../src/endpoints/lane.ts";
import type { EndpointsByCluster } from "../../src/model/ir.ts";
import { createModel } from "../../src/model/model.ts";
import { createBuilder } from "../../src/xds/build/builder.ts";
import { nothingHeld } from "../../src/xds/held.ts";
import { type ResourceType, type Snapshot, typeUrls } from "../../src/xds/snapshot.ts";
import { differences, dumpedLines, loadCodecs, meantLines } from "../helpers/config-lines.ts";
import { eventually } from "../helpers/eventually.ts";
import { TestGateway } from "../helpers/gateway.ts";
import {
  httpRoute,
  type Manifest,
  pathMatch,
  service,
  toPool,
  toService,
  trafficPolicy,
  yaml,
} from "../helpers/manifests.ts";
import { envoyOf } from "../helpers/proxies.ts";
import { resourcesFromYaml } from "../helpers/resources-from-yaml.ts";
import { scenarioFiles } from "../helpers/scenario.ts";

const parent = "inference-gateway";
const header = (name: string, value: string): Manifest => ({ name, value });

/** Longer than Envoy's default for the body of a direct response, which lists the models. */
const manyModels = Array.from(
  { length: 100 },
  (_, index): Manifest => ({
    apiVersion: "inference.networking.x-k8s.io/v1alpha2",
    kind: "InferenceModel",
    metadata: { name: `model-${index}` },
    spec: { modelName: `a-model-with-quite-a-long-name-${index}`, poolRef: { name: "qwen-pool" } },
  }),
);

const requestHeaders: Manifest = {
  type: "RequestHeaderModifier",
  requestHeaderModifier: { set: [header("x-set", "100%")], add: [header("x-add", "a")], remove: ["x-remove"] },
};
const responseHeaders: Manifest = {
  type: "ResponseHeaderModifier",
  responseHeaderModifier: { set: [header("x-set", "b")], add: [header("x-add", "c")], remove: ["server"] },
};

const web = httpRoute("web", { parent, hostnames: ["web.test", "*.web.test"] }, [
  {
    matches: [
      {
        ...pathMatch("RegularExpression", "/[a-z]+/v[0-9]"),
        method: "POST",
        headers: [header("x-exact", "1"), { type: "RegularExpression", ...header("x-regex", "a|b") }],
        queryParams: [header("exact", "1"), { type: "RegularExpression", ...header("regex", "[0-9]+") }],
      },
    ],
    filters: [requestHeaders, responseHeaders],
    backendRefs: [
      { ...toService("web", 80), filters: [requestHeaders, responseHeaders] },
      { ...toPool("qwen-pool"), weight: 15 },
      toService("absent", 5),
    ],
    timeouts: { request: "90s", backendRequest: "45s" },
  },
  { matches: [pathMatch("Exact", "/unlimited")], backendRefs: [toService("web")], timeouts: { request: "0s" } },
  { matches: [pathMatch("PathPrefix", "/absent")], backendRefs: [toService("absent")] },
  { matches: [pathMatch("PathPrefix", "/a/")], backendRefs: [toService("web"), toService("empty")] },
]);

const slow = httpRoute("slow", { parent, hostnames: ["slow.test"] }, [
  { matches: [pathMatch("PathPrefix", "/one-hour")], backendRefs: [toService("web")], timeouts: { request: "1h" } },
  { matches: [pathMatch("PathPrefix", "/")], backendRefs: [toService("web")] },
]);

const policy = trafficPolicy(
  "web",
  { kind: "HTTPRoute", name: "web" },
  {
    timeout: {
      tcp: { connectTimeout: "1234ms" },
      http: {
        connectionIdleTimeout: "7s",
        maxConnectionDuration: "10m",
        requestTimeout: "20s",
        streamIdleTimeout: "11s",
        maxStreamDuration: "2h",
      },
    },
    loadBalancer: {
      type: "ConsistentHash",
      consistentHash: { type: "Cookie", cookie: { name: "stuck", ttl: "1m", attributes: { SameSite: "Lax" } } },
      endpointOverride: { extractFrom: [{ header: "x-endpoint" }] },
    },
    circuitBreaker: {
      maxConnections: 10,
      maxRequestsPerConnection: 100,
      perEndpoint: { maxConnections: 5 },
      retryBudget: { percent: { numerator: 1, denominator: 8 }, minRetryConcurrency: 2 },
    },
    healthCheck: {
      panicThreshold: 40,
      active: { type: "HTTP", http: { path: "/health", expectedStatuses: [200] }, overrides: { port: 9090 } },
      passive: { consecutiveGatewayErrors: 2, failurePercentageThreshold: 50 },
    },
    tcpKeepalive: { probes: 3, idleTime: "1m", interval: "10s" },
    connection: { bufferLimit: "64Ki", preconnect: { perEndpointPercent: 150 } },
    proxyProtocol: { version: "V2" },
    rateLimit: {
      local: {
        rules: [
          { limit: { requests: 100, unit: "Second" } },
          {
            limit: { requests: 3, unit: "Minute" },
            clientSelectors: [
              {
                headers: [{ name: "x-user", type: "Distinct" }],
                path: { value: "/a" },
                sourceCIDR: { value: "10.0.0.0/8", type: "Distinct" },
                queryParams: [{ name: "q", type: "RegularExpression", value: "a|b" }],
              },
            ],
            cost: { request: { from: "Number", number: 2 } },
          },
        ],
      },
    },
    faultInjection: { delay: { fixedDelay: "1500ms", percentage: 0 }, abort: { grpcStatus: 14, percentage: 0 } },
    compressor: [{ type: "Zstd" }, { type: "Gzip" }],
    responseOverride: [
      {
        match: {
          statusCodes: [{ type: "Range", range: { start: 500, end: 511 } }],
          responseHeaders: [{ name: "x-a", value: { type: "Prefix", value: "a" } }],
        },
        source: "Backend",
        response: { statusCode: 200, body: { type: "Inline", inline: "100%" } },
      },
    ],
    httpUpgrade: [{ type: "websocket" }, { type: "CONNECT", connect: { terminate: true } }],
  },
);

/** Laid over the Gateway's. */
const merging = trafficPolicy(
  "slow",
  { kind: "HTTPRoute", name: "slow" },
  {
    mergeType: "StrategicMerge",
    retry: {
      numRetries: 3,
      numAttemptsPerPriority: 2,
      perRetry: { backOff: { baseInterval: "1s", maxInterval: "3s" } },
    },
  },
);

interface Dump {
  readonly configs: readonly Readonly<Record<string, unknown>>[];
}
interface Dumped {
  readonly name?: string;
  readonly cluster_name?: string;
  readonly [field: string]: unknown;
}

describe("Envoy's config_dump", () => {
  let gateway: TestGateway;
  let meant: Snapshot;
  let dump: ReadonlyMap<ResourceType, ReadonlyMap<string, Dumped>>;

  before(async () => {
    let files: Readonly<Record<string, string>> = {};
    gateway = await TestGateway.start({
      servers: 2,
      files(ports) {
        const rich = yaml(
          ...service("web", ports.servers),
          ...service("empty", []),
          web,
          slow,
          policy,
          merging,
          ...manyModels,
        );
        files = { ...scenarioFiles(ports), "rich.yaml": rich };
        return { "rich.yaml": rich };
      },
    });
    meant = snapshotOf(Object.values(files).join("\n---\n"));
    dump = await eventually("all that was meant in Envoy", async () => {
      const { admin } = await envoyOf(gateway.ante);
      const found = readDump(JSON.parse((await admin.get("/config_dump?include_eds")).body) as Dump);
      const complete = [...meant.resources.cluster.keys()].every((name) => found.get("cluster")?.has(name));
      return complete ? found : undefined;
    });
  });
  after(() => gateway.stop());

  for (const type of ["cluster", "listener", "route"] as const) {
    it(`has every ${type} as it was meant, field by field`, async () => {
      const codecs = await loadCodecs();
      const resources = meant.resources[type];
      assert.deepEqual([...(dump.get(type)?.keys() ?? [])].sort(), [...resources.keys()].sort());
      for (const [name, { body }] of resources) {
        const { "@type": _, ...fields } = dump.get(type)?.get(name) ?? {};
        assert.deepEqual(differences(meantLines(codecs, typeUrls[type], body), dumpedLines(fields)), [], name);
      }
    });
  }

  it("has every endpoint that was meant", async () => {
    const codecs = await loadCodecs();
    for (const [name, { body }] of meant.resources.endpoint) {
      const dumped = dumpedLines(dump.get("endpoint")?.get(name) ?? {});
      // Envoy makes the dump anew from its hosts, with defaults of its own.
      const differing = differences(meantLines(codecs, typeUrls.endpoint, body), dumped);
      assert.deepEqual(
        differing.filter((line) => !line.includes(": meant nothing, ")),
        [],
        name,
      );
    }
  });

  it("is compared for a configuration that uses what the builders can write", () => {
    const text = JSON.stringify([...dump].map(([type, resources]) => [type, ...resources.values()]));
    const names = [
      ...["connect_timeout", "common_http_protocol_options", "max_connection_duration", "load_balancing_policy"],
      ...["max_direct_response_body_size_bytes", "weighted_clusters", "direct_response", "query_parameters"],
      ...["safe_regex", "path_separated_prefix", "request_headers_to_add", "response_headers_to_remove"],
      ...["timeout", "idle_timeout", "max_stream_duration", "typed_per_filter_config", "request_body_buffer_limit"],
      ...["circuit_breakers", "per_host_thresholds", "retry_budget", "health_checks", "outlier_detection"],
      ...["upstream_connection_options", "preconnect_policy", "transport_socket", "hash_policy", "use_hash_policy"],
      ...["retry_priority", "retry_back_off", "upgrade_configs", "connect_matcher", "custom_response_matcher"],
      ...["rate_limits", "descriptors", "fixed_delay", "grpc_status", "overrides", "max_requests_per_connection"],
      ...["early_header_mutation_extensions", "access_log", "access_log_options", "local_reply_config"],
    ];
    assert.deepEqual(
      names.filter((name) => !text.includes(`"${name}"`)),
      [],
    );
  });

  const routeOf = (namePart: string): Dumped => {
    const configuration = [...(dump.get("route")?.values() ?? [])][0];
    const hosts = configuration?.["virtual_hosts"] as readonly { readonly routes: readonly Dumped[] }[];
    const found = hosts.flatMap(({ routes }) => routes).find(({ name }) => name?.includes(namePart));
    assert.ok(found !== undefined, `there is a route ${namePart}`);
    return found;
  };
  const timeoutOf = (namePart: string): unknown => (routeOf(namePart)["route"] as Dumped)["timeout"];

  it("has the policy's 24 hours on the routes that set no timeout", () => {
    assert.equal(timeoutOf("llm-route/rule/0/match/0"), "86400s");
    assert.equal(timeoutOf("slow/rule/1"), "86400s");
  });

  it("has a rule's own timeout in the place of the policy's", () => {
    assert.equal(timeoutOf("slow/rule/0"), "3600s");
    assert.equal(timeoutOf("web/rule/0"), "45s");
    assert.equal(timeoutOf("web/rule/1"), "0s");
  });
});

function snapshotOf(text: string): Snapshot {
  const resources = resourcesFromYaml(text);
  const model = createModel({ controllerName: "gateway.envoyproxy.io/gatewayclass-controller", mode: "files" });
  const gateway = model.build(resources).ir.get("default/inference-gateway");
  assert.ok(gateway !== undefined);
  const endpoints: EndpointsByCluster = createEndpointLane().resolve(gateway.clusters.values(), resources);
  const builder = createBuilder({
    bind: "127.0.0.1",
    streamIdleTimeoutMs: 300_000,
    accessLogFlushMs: 5_000,
    reusePort: false,
  });
  return builder.build({ gateway, endpoints, held: nothingHeld, sequence: 1 });
}

function readDump({ configs }: Dump): ReadonlyMap<ResourceType, ReadonlyMap<string, Dumped>> {
  const all = (list: string, ...path: readonly string[]): ReadonlyMap<string, Dumped> => {
    const entries = configs.flatMap((config) => (config[list] ?? []) as readonly unknown[]);
    const found = entries.map((entry) =>
      path.reduce((value, step) => (value as Readonly<Record<string, unknown>>)[step], entry),
    );
    return new Map((found as Dumped[]).map((one) => [one.name ?? one.cluster_name ?? "", one]));
  };
  return new Map([
    ["cluster", all("dynamic_active_clusters", "cluster")],
    ["listener", all("dynamic_listeners", "active_state", "listener")],
    ["route", all("dynamic_route_configs", "route_config")],
    ["endpoint", all("dynamic_endpoint_configs", "endpoint_config")],
  ]);
}
