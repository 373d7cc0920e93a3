/** The admin API of a running gateway: health, metrics, and what it knows of proxies, queues, servers and statuses. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../helpers/eventually.ts";
import type { TestGateway } from "../helpers/gateway.ts";
import { metricsOf, sumOf } from "../helpers/metrics.ts";
import type { ProxyEntry } from "../helpers/proxies.ts";
import { startNarrowGateway, WaitingRequests } from "../helpers/waiting-requests.ts";

/** Names that dashboards of the field ask for. */
const fieldSeries = [
  "inference_objective_request_total",
  "inference_objective_request_duration_seconds_count",
  "inference_objective_request_ttft_seconds_count",
  "inference_objective_request_sizes_sum",
  "inference_pool_average_kv_cache_utilization",
  "inference_pool_average_queue_size",
  "inference_pool_per_pod_queue_size",
  "inference_pool_ready_pods",
  "inference_extension_flow_control_request_queue_duration_seconds_count",
  "inference_extension_flow_control_pool_saturation",
  "inference_extension_scheduler_e2e_duration_seconds_count",
  "llm_d_epp_request_total",
  "llm_d_epp_ready_endpoints",
  "llm_d_epp_flow_control_requests_total",
  "antechamber_model_builds_total",
  "antechamber_xds_proxies",
  "antechamber_xds_pushes_total",
  "antechamber_xds_acks_total",
  "antechamber_xds_effective_seconds_count",
];

/** Series that exist while something waits or runs. */
const whileBusy = [
  ["inference_extension_flow_control_queue_size", 2],
  ["llm_d_epp_flow_control_queue_size", 2],
  ["inference_objective_running_requests", 2],
  ["llm_d_epp_inflight_requests", 2],
] as const;

describe("the admin API", () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await startNarrowGateway({ servers: 2 });
    const first = await WaitingRequests.send(gateway, 3);
    await first.finish();
  });
  after(() => gateway.stop());

  it("says that it lives and is ready, and with ?verbose why", async () => {
    for (const path of ["/livez", "/readyz"]) {
      const response = await fetch(new URL(path, gateway.ante.admin));
      assert.equal(response.status, 200);
      assert.equal(await response.text(), "ok\n");
    }
    assert.deepEqual(await gateway.ante.api("/readyz?verbose"), {
      ready: true,
      checks: ["sources", "picker", "gateway default/inference-gateway"].map((name) => ({ name, ready: true })),
    });
  });

  it("has the series that the field's dashboards ask for", async () => {
    const page = await eventually("the ended requests in the metrics", async () => {
      const found = await metricsOf(gateway.ante);
      return sumOf(found, "inference_objective_request_duration_seconds_count") === 5 ? found : undefined;
    });
    assert.deepEqual(
      fieldSeries.filter((name) => sumOf(page, name) === undefined),
      [],
    );
    assert.equal(sumOf(page, "inference_objective_request_total"), 5);
    assert.equal(sumOf(page, "inference_pool_ready_pods"), 2);
    assert.equal(sumOf(page, "antechamber_xds_proxies"), 1);
  });

  it("has Envoy's own series at a path of theirs", async () => {
    const page = await (await fetch(new URL("/metrics/envoy", gateway.ante.admin))).text();
    assert.match(page, /^envoy_http_downstream_rq_total\{.*antechamber_proxy="default\.inference-gateway-0".*\} \d+$/m);
  });

  it("shows each proxy, with its process and what it has acknowledged of each type", async () => {
    const proxies = await gateway.ante.api<readonly ProxyEntry[]>("/api/v1/proxies");
    assert.equal(proxies.length, 1);
    const [proxy] = proxies;
    assert.equal(proxy?.gateway, "default/inference-gateway");
    assert.equal(proxy.connected, true);
    assert.equal(proxy.acknowledgedSequence, proxy.sequence);
    assert.equal(proxy.process?.phase, "ready");
    assert.deepEqual(
      proxy.types.map(({ type, state }) => `${type} ${state}`),
      ["cluster SYNCED", "endpoint SYNCED", "secret SYNCED", "listener SYNCED", "route SYNCED"],
    );
  });

  it("shows what waits, by priority, and what runs on which server", async () => {
    const critical = await WaitingRequests.send(gateway, 2, "qwen");
    const queues = await gateway.ante.api<readonly Queue[]>("/api/v1/queues");
    assert.equal(queues.length, 1);
    assert.equal(queues[0]?.pool, "v1alpha2/default/qwen-pool");
    assert.equal(queues[0].waiting, 2);
    assert.deepEqual(
      queues[0].bands.filter(({ waiting }) => waiting > 0).map(({ priority, waiting }) => ({ priority, waiting })),
      [{ priority: 1, waiting: 2 }],
    );
    const endpoints = await gateway.ante.api<readonly Endpoint[]>("/api/v1/endpoints");
    assert.deepEqual(
      endpoints.map(({ state, kind, inFlight, pools }) => ({ state, kind, inFlight, pools })),
      [1, 2].map(() => ({ state: "ready", kind: "vllm", inFlight: 1, pools: ["v1alpha2/default/qwen-pool"] })),
    );
    await eventually("the waiting requests in the metrics", async () => {
      const page = await metricsOf(gateway.ante);
      return whileBusy.every(([name, value]) => sumOf(page, name) === value) ? true : undefined;
    });
    await critical.finish();
  });

  it("shows the status of every object as its API spells it", async () => {
    const statuses = await gateway.ante.api<readonly Status[]>("/api/v1/statuses");
    const of = (kind: string): unknown => statuses.find((status) => status.kind === kind)?.status;
    const gatewayStatus = of("Gateway") as { readonly listeners: readonly { readonly attachedRoutes: number }[] };
    assert.equal(gatewayStatus.listeners[0]?.attachedRoutes, 1);
    const route = of("HTTPRoute") as { readonly parents: readonly { readonly conditions: readonly Condition[] }[] };
    assert.deepEqual(
      route.parents[0]?.conditions
        .filter(({ type }) => type === "Accepted" || type === "ResolvedRefs")
        .map(({ type, status, observedGeneration }) => ({ type, status, observedGeneration })),
      ["Accepted", "ResolvedRefs"].map((type) => ({ type, status: "True", observedGeneration: 1 })),
    );
  });

  it("says 404 with the paths that there are, and changes nothing", async () => {
    const unknown = await fetch(new URL("/api/v1/nothing", gateway.ante.admin));
    assert.equal(unknown.status, 404);
    assert.match(await unknown.text(), /\/api\/v1\/proxies/);
    assert.equal((await fetch(new URL("/readyz", gateway.ante.admin), { method: "POST" })).status, 405);
  });
});

interface Queue {
  readonly pool: string;
  readonly waiting: number;
  readonly bands: readonly { readonly priority: number; readonly waiting: number }[];
}

interface Endpoint {
  readonly state: string;
  readonly kind: string;
  readonly inFlight: number;
  readonly pools: readonly string[];
}

interface Status {
  readonly kind: string;
  readonly status: unknown;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration: number;
}
