import type { EndpointsByCluster, GatewayIr } from "../../src/model/ir.ts";
import {
  backendOf,
  endpointsOf,
  forward,
  makeGateway,
  makeRoute,
  matchModel,
  missingBackendOf,
  poolCluster,
  serviceCluster,
} from "./make-ir.ts";

export interface WiringPorts {
  /** Where Envoy listens. */
  readonly port: number;
  /** Two servers, and a port on which nothing listens. */
  readonly one: number;
  readonly two: number;
  readonly dead: number;
}

/** One Gateway with a host for models, a host that is one pool, and plain hosts: what xds/build must wire. */
export function wiringCase(ports: WiringPorts): {
  readonly gateway: GatewayIr;
  readonly endpoints: EndpointsByCluster;
} {
  const qwen = poolCluster("qwen");
  const travel = poolCluster("travel");
  const open = poolCluster("open");
  const dead = poolCluster("dead");
  const web = serviceCluster("web");
  const empty = serviceCluster("empty");
  const gateway = makeGateway(
    [
      {
        host: "llm.test",
        model: { servedModels: ["qwen", 'travel "helper"'] },
        routes: [
          makeRoute("qwen", forward([backendOf(qwen)], { timeoutMs: 86_400_000 }), {
            match: matchModel("exact", "qwen"),
            body: "needs",
          }),
          makeRoute("travel", forward([backendOf(travel, 1, { bodyToPicker: true })]), {
            match: matchModel("regex", "travel-helper.*"),
            body: "needs",
          }),
          makeRoute("mixed", forward([backendOf(qwen), backendOf(web), missingBackendOf("no such Service")]), {
            match: matchModel("exact", "mixed"),
            body: "needs",
          }),
          makeRoute("dead", forward([backendOf(dead)]), { match: matchModel("exact", "dead"), body: "needs" }),
          makeRoute(
            "broken",
            { kind: "respond", status: 500, reason: 'no pool "x"' },
            { match: { path: { type: "prefix", value: "/broken" } }, body: "needs" },
          ),
          makeRoute("plain", forward([backendOf(web)]), { match: { path: { type: "prefix", value: "/plain/" } } }),
          makeRoute("empty", forward([backendOf(empty)]), { match: { path: { type: "exact", value: "/empty" } } }),
          makeRoute("gone", forward([missingBackendOf("no such Service")]), {
            match: { path: { type: "exact", value: "/gone" } },
          }),
          makeRoute("overlaps", forward([backendOf(web)]), {
            match: { path: { type: "regex", value: "/over/[a-z]+" } },
            body: "overlaps",
          }),
        ],
      },
      {
        host: "pool.test",
        model: { servedModels: [] },
        routes: [makeRoute("open", forward([backendOf(open, 1, { failOpen: true })]), { body: "needs" })],
      },
      {
        host: "*",
        routes: [
          makeRoute("web", forward([backendOf(web)]), {
            fields: {
              requestHeaders: { set: [{ name: "x-set", value: "100%" }], add: [], remove: ["x-drop"] },
              responseHeaders: { set: [], add: [{ name: "x-added", value: "%REQ(host)%" }], remove: [] },
            },
          }),
        ],
      },
    ],
    [qwen, travel, open, dead, web, empty],
    ports.port,
  );
  const endpoints = endpointsOf({
    [qwen.key]: [ports.one, ports.two, ports.dead],
    [travel.key]: [ports.one, ports.two],
    [open.key]: [ports.two],
    [dead.key]: [ports.dead],
    [web.key]: [ports.one],
  });
  return { gateway, endpoints };
}
