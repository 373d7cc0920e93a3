import type { CorsIr, RedirectIr, RetryIr, RouteIr } from "../../../src/model/ir.ts";
import {
  backendOf,
  forward,
  makeGateway,
  makeRoute,
  matchModel,
  missingBackendOf,
  poolCluster,
  serviceCluster,
} from "../../helpers/make-ir.ts";
import type { GoldenCase } from "./golden-case.ts";

const web = serviceCluster("web");
const copy = serviceCluster("copy");
const pool = poolCluster("pool");

const redirect: RedirectIr = { kind: "redirect", status: 302, scheme: "http", port: 80 };
const retry: RetryIr = { on: ["connect-failure", "reset"], codes: [500, 503], attempts: 3 };
const cors: CorsIr = {
  origins: ["https://www.foo.com", "https://*.bar.com"],
  methods: ["GET", "POST"],
  headers: ["x-header-1", "x-100%"],
  exposed: ["x-header-2"],
  credentials: true,
  maxAgeSeconds: 3600,
};
const corsForAll: CorsIr = {
  origins: ["*"],
  methods: ["*"],
  headers: ["*"],
  exposed: ["*"],
  credentials: false,
  maxAgeSeconds: 5,
};

function at(path: string, action: RouteIr["action"], more: Partial<RouteIr> = {}): RouteIr {
  return { ...makeRoute(path.slice(1), action, { match: { path: { type: "prefix", value: path } } }), ...more };
}

/** Redirects, rewrites, mirrors, retries and CORS, on plain hosts and before a pool. */
export const input: GoldenCase = {
  gateway: makeGateway(
    [
      {
        host: "redirect.example.com",
        routes: [
          at("/implied-port", redirect),
          at("/named-host", { ...redirect, hostname: "example.org" }),
          at("/port", { ...redirect, port: 8080, status: 301 }),
          at("/https", { ...redirect, scheme: "https", port: 443, status: 303 }),
          at("/full", { ...redirect, port: 8080, path: { kind: "full", value: "/new" }, status: 307 }),
          at("/prefix", {
            ...redirect,
            port: 8080,
            path: { kind: "prefix", prefix: "/prefix", value: "/new" },
            status: 308,
          }),
        ],
      },
      {
        host: "rewrite.example.com",
        routes: [
          at("/full", forward([backendOf(web)], { rewrite: { path: { kind: "full", value: "/a\\1" } } })),
          at(
            "/prefix",
            forward([backendOf(web)], { rewrite: { path: { kind: "prefix", prefix: "/prefix", value: "/x" } } }),
          ),
          at("/a.b", forward([backendOf(web)], { rewrite: { path: { kind: "prefix", prefix: "/a.b", value: "" } } })),
          at("/", forward([backendOf(web)], { rewrite: { path: { kind: "prefix", prefix: "", value: "/x" } } })),
          at("/host", forward([backendOf(web)], { rewrite: { hostname: "other.example.com" } })),
          at(
            "/hosts",
            forward(
              [{ ...backendOf(web), rewriteHostname: "own.example.com" }, backendOf(copy), missingBackendOf("gone")],
              {
                rewrite: { hostname: "other.example.com" },
              },
            ),
          ),
        ],
      },
      {
        host: "other.example.com",
        routes: [
          at(
            "/mirror",
            forward([backendOf(web)], {
              mirrors: [
                { cluster: copy.key, perMillion: 1_000_000 },
                { cluster: copy.key, perMillion: 333_333 },
              ],
            }),
          ),
          at("/retry", forward([backendOf(web)], { retry: { ...retry, perTryTimeoutMs: 500, backoffMs: 0 } })),
          at("/cors", forward([backendOf(web)]), { cors }),
          at("/cors-for-all", forward([backendOf(web)]), { cors: corsForAll }),
          at("/gone", forward([missingBackendOf("service default/gone not found")])),
        ],
      },
      {
        host: "pool.example.com",
        model: { servedModels: [] },
        routes: [
          {
            ...makeRoute(
              "everything",
              forward([{ ...backendOf(pool), rewriteHostname: "own.example.com" }], {
                timeoutMs: 0,
                retry,
                rewrite: { path: { kind: "full", value: "/v1/completions" } },
                mirrors: [{ cluster: copy.key, perMillion: 1_000_000 }],
              }),
              { match: { ...matchModel("exact", "qwen"), method: "POST" }, body: "needs" },
            ),
            cors,
          },
          makeRoute("moved", redirect, { match: matchModel("exact", "moved"), body: "needs" }),
        ],
      },
    ],
    [web, copy, pool],
  ),
  endpoints: new Map(),
};
