import type { ClusterIr, ServerTlsIr } from "../../../src/model/ir.ts";
import { makeGateway, poolCluster } from "../../helpers/make-ir.ts";
import type { GoldenCase } from "./golden-case.ts";

const pem = { kind: "authorities", pem: "authorities in PEM" } as const;
const name = { type: "dns", value: "model.example.com" } as const;

const cases: Readonly<Record<string, ServerTlsIr>> = {
  named: { name, trust: pem },
  addressed: { name: { type: "ip", value: "10.0.0.1" }, trust: pem },
  nameless: { trust: pem },
  system: { name, trust: { kind: "system" } },
  anybody: { name, trust: { kind: "anybody" } },
};
const h2 = poolCluster("h2", { tls: { name, trust: pem } });
const clusters: readonly ClusterIr[] = [
  ...Object.entries(cases).map(([pool, tls]) => poolCluster(pool, { tls })),
  { ...h2, endpoints: { ...h2.endpoints, protocol: "h2c" } },
  // Who the client is comes before the handshake.
  poolCluster("proxied", { tls: { name, trust: pem }, proxyProtocol: "V2" }),
];

/** Servers that speak TLS, known in each way. */
export const input: GoldenCase = {
  gateway: makeGateway([], clusters),
  endpoints: new Map(),
};
