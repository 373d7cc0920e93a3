import { Sealed } from "../../../src/lib/sealed.ts";
import type { ClusterIr, HostIr, HttpsPortIr, SecretIr, TlsIr } from "../../../src/model/ir.ts";
import { backendOf, forward, makeGateway, makeOrigin, makeRoute, serviceCluster } from "../../helpers/make-ir.ts";
import type { GoldenCase } from "./golden-case.ts";

const h2c: ClusterIr = {
  ...serviceCluster("h2c"),
  endpoints: { kind: "service", namespace: "default", name: "h2c", port: 80, portName: "", protocol: "h2c" },
};

function backendCluster(name: string, hosts: readonly HostIr[], protocol?: "h2c"): ClusterIr {
  return {
    key: `backend/default/${name}`,
    origin: makeOrigin("Backend", name),
    endpoints: { kind: "backend", namespace: "default", name, hosts, ...(protocol && { protocol }) },
    settings: { connectTimeoutMs: 10_000 },
  };
}

const addresses = backendCluster(
  "addresses",
  [
    { kind: "ip", address: "10.0.0.1", port: 80, hostname: "one.example.com" },
    { kind: "ip", address: "fd00::1", port: 81 },
    { kind: "socket", path: "/run/web.sock" },
  ],
  "h2c",
);
const names = backendCluster("names", [{ kind: "name", name: "a.example.com", port: 80 }]);

const secret = (name: string): SecretIr => ({
  key: `secret/default/${name}`,
  origin: makeOrigin("Secret", name),
  digest: name,
  chain: `chain of ${name}`,
  privateKey: new Sealed(`key of ${name}`),
  notBeforeMs: 0,
  notAfterMs: 0,
});
const secrets = [secret("one"), secret("two")];

const tls: TlsIr = {
  host: "*",
  certificates: secrets.map(({ key }) => key),
  minVersion: "1.2",
  maxVersion: "1.3",
  cipherSuites: [],
  ecdhCurves: [],
  alpnProtocols: ["h2", "http/1.1"],
};

const base = makeGateway([], [h2c, addresses, names], 80);
const https = (listener: string, differing: Partial<TlsIr>): HttpsPortIr => ({
  protocol: "HTTPS",
  port: 443,
  listeners: [listener],
  virtualHosts: [
    {
      host: "*",
      routes: [makeRoute(listener, forward([backendOf(h2c), backendOf(addresses), backendOf(names)]))],
    },
  ],
  tls: { ...tls, ...differing },
});

/** An HTTP port, and an HTTPS port with a listener for any host, one for a wildcard and one with options of its own. */
export const input: GoldenCase = {
  gateway: {
    ...base,
    ports: [
      ...base.ports,
      https("any", {}),
      https("options", {
        host: "www.example.com",
        certificates: ["secret/default/two"],
        minVersion: "1.0",
        maxVersion: "1.2",
        cipherSuites: ["ECDHE-ECDSA-AES128-GCM-SHA256"],
        ecdhCurves: ["X25519"],
        alpnProtocols: ["http/1.1"],
      }),
      https("wild", { host: "*.example.com", certificates: ["secret/default/one"] }),
    ],
    secrets: new Map(secrets.map((one) => [one.key, one])),
  },
  endpoints: new Map(),
};
