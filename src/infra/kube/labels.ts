import type { InfrastructureIr } from "../../model/infrastructure.ts";
import { labelValue } from "./names.ts";

export const labelNames = {
  managedBy: "app.kubernetes.io/managed-by",
  owningGateway: "gateway.envoyproxy.io/owning-gateway-name",
  owningNamespace: "gateway.envoyproxy.io/owning-gateway-namespace",
} as const;

/** Envoy Gateway's name, since tools select by it. */
export const managedBy = "envoy-gateway";

/** Which controller made an object: Envoy Gateway's, and those of a second installation, have the same labels. */
export const controllerAnnotation = "antechamber.dev/controller-name";

/** What selects a Gateway's objects and Pods. It never changes. */
export function selectorLabels(gateway: string): Readonly<Record<string, string>> {
  const [namespace = "", name = ""] = gateway.split("/");
  return {
    "app.kubernetes.io/component": "proxy",
    [labelNames.managedBy]: managedBy,
    "app.kubernetes.io/name": "envoy",
    [labelNames.owningGateway]: labelValue(name),
    [labelNames.owningNamespace]: labelValue(namespace),
  };
}

/** Ours win: a Gateway cannot take an object for another's. */
export function objectLabels(infrastructure: InfrastructureIr): Readonly<Record<string, string>> {
  return { ...infrastructure.labels, ...selectorLabels(infrastructure.key) };
}
