import type { InfrastructureSettings } from "../../src/infra/kube/settings.ts";
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

export function makeSettings(given: Partial<InfrastructureSettings> = {}): InfrastructureSettings {
  const namespace = given.namespace ?? "envoy-gateway-system";
  return {
    namespace,
    image: "example.com/antechamber:1",
    envoyImage: "docker.io/envoyproxy/envoy:distroless-v1.40.0",
    controllerName: "gateway.envoyproxy.io/gatewayclass-controller",
    xds: {
      host: `antechamber.${namespace}.svc.cluster.local.`,
      port: 18_000,
      serverName: `antechamber.${namespace}.svc`,
    },
    ...given,
  };
}
