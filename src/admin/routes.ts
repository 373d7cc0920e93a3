/** What the control worker's admin API answers, as data: the server, the index and the OpenAPI document are made from it. */
import { type TSchema, Type } from "typebox";
import { type AdminPorts, endpointView, proxyView, queueView, readinessView, statusView } from "./ports.ts";
import { addLabel, mergePages } from "./prometheus-text.ts";

export type Answer =
  | { readonly kind: "json"; readonly status: number; readonly value: unknown }
  | { readonly kind: "metrics"; readonly text: string }
  | { readonly kind: "text"; readonly status: number; readonly text: string };

export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

export interface Route {
  /** Parameters as {name}. */
  readonly path: string;
  readonly summary: string;
  /** Of the JSON that it answers; absent: plain text. */
  readonly schema?: TSchema;
  readonly query?: Readonly<Record<string, string>>;
  answer(ports: AdminPorts, asked: Asked): Answer | Promise<Answer>;
}

const ok = (value: unknown): Answer => ({ kind: "json", status: 200, value });

export const routes: readonly Route[] = [
  {
    path: "/readyz",
    summary: "Whether everything that serves traffic is ready; 503 if not",
    query: { verbose: "Each check with its reason, as JSON" },
    schema: readinessView,
    answer: (ports, { query }) => readiness(ports, "verbose" in query),
  },
  {
    path: "/metrics",
    summary: "Metrics of antechamber, in Prometheus' format",
    answer: async (ports) => ({ kind: "metrics", text: mergePages(await ports.metrics()) }),
  },
  {
    path: "/metrics/envoy",
    summary: "Metrics of all Envoys, in Prometheus' format, with the label antechamber_proxy",
    answer: async (ports) => ({ kind: "metrics", text: await allProxyMetrics(ports) }),
  },
  {
    path: "/api/v1/proxies",
    summary: "The Envoys: what each was sent and has acknowledged or refused",
    schema: Type.Array(proxyView),
    answer: (ports) => ok(ports.proxies()),
  },
  {
    path: "/api/v1/proxies/{id}/metrics",
    summary: "Metrics of one Envoy, in Prometheus' format",
    answer: (ports, { params }) => proxyMetrics(ports, params["id"] ?? ""),
  },
  {
    path: "/api/v1/queues",
    summary: "What waits for each pool, by priority",
    schema: Type.Array(queueView),
    answer: (ports) => ok(ports.queues()),
  },
  {
    path: "/api/v1/endpoints",
    summary: "The model servers: readings, their age, what is in flight, why one gets nothing",
    schema: Type.Array(endpointView),
    answer: (ports) => ok(ports.endpoints()),
  },
  {
    path: "/api/v1/statuses",
    summary: "The status of each object",
    schema: Type.Array(statusView),
    answer: (ports) => ok(ports.statuses()),
  },
];

function readiness(ports: AdminPorts, verbose: boolean): Answer {
  const checks = ports.readiness();
  const failing = checks.filter((check) => !check.ready);
  const ready = failing.length === 0;
  const status = ready ? 200 : 503;
  if (verbose) return { kind: "json", status, value: { ready, checks } };
  const reasons = failing.map(({ name, reason }) => `${name}: ${reason ?? "not ready"}\n`).join("");
  return { kind: "text", status, text: ready ? "ok\n" : reasons };
}

async function proxyMetrics(ports: AdminPorts, nodeId: string): Promise<Answer> {
  const text = ports.proxyMetrics(nodeId);
  if (text === undefined) {
    const known = ports.proxies().map((proxy) => proxy.nodeId);
    const error = `Cannot show metrics of the proxy "${nodeId}": there is none of this name`;
    return { kind: "json", status: 404, value: { error, proxies: known } };
  }
  return { kind: "metrics", text: await text };
}

/** An Envoy that does not answer is left out, so that the others' series go on. */
async function allProxyMetrics(ports: AdminPorts): Promise<string> {
  const pages = await Promise.all(
    ports.proxies().map(async ({ nodeId }) => {
      const page = await Promise.resolve(ports.proxyMetrics(nodeId)).catch(() => undefined);
      return page === undefined ? "" : addLabel(page, "antechamber_proxy", nodeId);
    }),
  );
  return mergePages(pages);
}
