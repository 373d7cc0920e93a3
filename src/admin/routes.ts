/** What the control worker's admin API answers, as data: the server, the index and the OpenAPI document are made from it. */
import { type TSchema, Type } from "typebox";
import { decisionTable } from "./decision-table.ts";
import { decisionPageView } from "./decision-view.ts";
import { poolView } from "./pool-view.ts";
import {
  type AdminPorts,
  endpointView,
  ownershipView,
  proxyView,
  queueView,
  readinessView,
  statusView,
} from "./ports.ts";
import { addLabel, mergePages } from "./prometheus-text.ts";
import { statusTable } from "./status-table.ts";
import { endpointTable, poolTable, proxyTable, queueTable } from "./tables.ts";
import { configDumpView, gatewayXdsView } from "./xds-view.ts";

const mostDecisions = 256;
const xdsTypes: readonly string[] = ["cluster", "endpoint", "listener", "route", "secret"];

export type Answer =
  /** `text`: the same for a person, where there is such a form. */
  | { readonly kind: "json"; readonly status: number; readonly value: unknown; readonly text?: () => string }
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

function ok<View>(value: View, table?: (value: View) => string): Answer {
  return { kind: "json", status: 200, value, ...(table !== undefined && { text: () => table(value) }) };
}

function wrong(status: 400 | 404 | 503, error: string, more: Readonly<Record<string, unknown>> = {}): Answer {
  return { kind: "json", status, value: { error, ...more } };
}

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
    path: "/api/v1/ownership",
    summary: "Whether this replica owns the work, and which one does",
    schema: ownershipView,
    answer: (ports) => ok(ports.ownership()),
  },
  {
    path: "/api/v1/proxies",
    summary: "The Envoys: what each was sent and has acknowledged or refused",
    schema: Type.Array(proxyView),
    answer: (ports) => ok(ports.proxies(), proxyTable),
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
    answer: (ports) => ok(ports.queues(), queueTable),
  },
  {
    path: "/api/v1/endpoints",
    summary: "The model servers: readings, their age, what is in flight, why one gets nothing",
    schema: Type.Array(endpointView),
    answer: (ports) => ok(ports.endpoints(), endpointTable),
  },
  {
    path: "/api/v1/pools",
    summary: "The pools: whose picker, every setting in effect and where it is from, models, endpoints",
    schema: Type.Array(poolView),
    answer: (ports) => ok(ports.pools(), poolTable),
  },
  {
    path: "/api/v1/decisions",
    summary: "How sampled requests were placed or refused: what they waited for, what was said of each server",
    query: { limit: `How many at most, 1 to ${mostDecisions}` },
    schema: decisionPageView,
    answer: (ports, { query }) => decisions(ports, query["limit"]),
  },
  {
    path: "/api/v1/xds",
    summary: "What each Gateway's Envoys are to have, as Envoy's /config_dump spells it, without credentials",
    query: {
      gateway: "namespace/name: the dump of this one alone, in Envoy's own form",
      type: "cluster, endpoint, listener, route or secret",
      name: "Name of the resource",
    },
    schema: Type.Union([Type.Array(gatewayXdsView), configDumpView]),
    answer: (ports, { query }) => xds(ports, query),
  },
  {
    path: "/api/v1/statuses",
    summary: "The status of each object",
    schema: Type.Array(statusView),
    answer: (ports) => ok(ports.statuses(), statusTable),
  },
];

async function decisions(ports: AdminPorts, asked = "20"): Promise<Answer> {
  const limit = Number(asked);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostDecisions) {
    return wrong(400, `Cannot show decisions: limit is "${asked}", not a whole number from 1 to ${mostDecisions}`);
  }
  const page = await ports.decisions(limit);
  if (page === undefined) return wrong(503, "Cannot show decisions: the picker is starting or restarting");
  return ok(page, decisionTable);
}

function xds(ports: AdminPorts, { gateway, type, name }: Asked["query"]): Answer {
  if (type !== undefined && !xdsTypes.includes(type)) {
    return wrong(400, `Cannot show xDS: there is no type "${type}"`, { types: xdsTypes });
  }
  const all = ports.xds({ ...(type !== undefined && { type }), ...(name !== undefined && { name }) });
  if (gateway === undefined) return ok(all);
  const found = all.find((each) => each.gateway === gateway);
  if (found !== undefined) return ok({ configs: found.configs });
  return wrong(404, `Cannot show xDS: there is no Gateway "${gateway}"`, { gateways: all.map((each) => each.gateway) });
}

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
    return wrong(404, `Cannot show metrics of the proxy "${nodeId}": there is none of this name`, { proxies: known });
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
