import { noEnvoyProxy } from "../../src/model/envoy-proxy-spec.ts";
import type { InfrastructureIr } from "../../src/model/infrastructure.ts";

export function makeInfrastructure(given: Partial<InfrastructureIr> = {}): InfrastructureIr {
  const key = given.key ?? "default/eg";
  const [namespace = "", name = ""] = key.split("/");
  return {
    key,
    origin: { kind: "Gateway", namespace, name, fieldPath: "" },
    className: "eg",
    labels: {},
    annotations: {},
    addresses: [],
    ports: [{ port: 80, protocol: "HTTP", listeners: ["http"] }],
    proxy: noEnvoyProxy,
    warnings: [],
    ...given,
  };
}
