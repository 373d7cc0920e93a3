import {
  backendOf,
  endpointAt,
  forward,
  makeGateway,
  makeRoute,
  poolCluster,
  serviceCluster,
} from "../../helpers/make-ir.ts";
import type { GoldenCase } from "./golden-case.ts";

const slow = serviceCluster("slow", 80, {
  connectTimeoutMs: 1500,
  connectionIdleTimeoutMs: 60_000,
  maxConnectionDurationMs: 3_600_000,
});
const pool = poolCluster("pool", { connectionIdleTimeoutMs: 30_000 });
const header = { name: "x-canary", value: "yes" };

/** Timeouts of every kind, header modifiers on rule and backend, every kind of match, endpoints of every health. */
export const input: GoldenCase = {
  gateway: makeGateway(
    [
      {
        host: "*.example.com",
        routes: [
          makeRoute("limits", forward([backendOf(slow)], { timeoutMs: 10_000, maxStreamDurationMs: 7_200_000 }), {
            match: {
              path: { type: "exact", value: "/limits" },
              method: "GET",
              headers: [{ name: "x-version", type: "regex", value: "v[12]" }],
              query: [{ name: "debug", type: "exact", value: "1" }],
            },
          }),
          makeRoute("no-limit", forward([backendOf(slow)], { timeoutMs: 0 }), {
            match: { path: { type: "regex", value: "/no/.*" } },
          }),
          makeRoute("idle", forward([backendOf(slow)], { timeoutMs: 10_000, streamIdleTimeoutMs: 2500 }), {
            match: { path: { type: "prefix", value: "/idle/" } },
          }),
          makeRoute(
            "weighted",
            forward([
              { ...backendOf(slow, 9), requestHeaders: { set: [header], add: [], remove: ["cookie"] } },
              { ...backendOf(slow, 1), responseHeaders: { set: [], add: [header], remove: [] } },
              backendOf(slow, 0),
            ]),
          ),
        ],
      },
      {
        host: "pool.example.com",
        model: { servedModels: [] },
        routes: [
          makeRoute("pool", forward([backendOf(pool)], { timeoutMs: 5000, wholeTimeoutMs: 60_000 }), { body: "needs" }),
        ],
      },
    ],
    [slow, pool],
  ),
  endpoints: new Map([
    [
      slow.key,
      [
        endpointAt(80, "10.0.0.1"),
        { ...endpointAt(80, "10.0.0.2"), health: "unhealthy" },
        { ...endpointAt(80, "fd00::1"), address: "[fd00::1]:80", health: "draining" },
      ],
    ],
  ]),
};
