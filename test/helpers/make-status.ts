import type { ObjectStatus, ParentStatus } from "../../src/model/result.ts";
import type { Condition } from "../../src/resources/condition.ts";

const gatewayGroup = "gateway.networking.k8s.io";

export function condition(type: string, status: Condition["status"] = "True", message = ""): Condition {
  return { type, status, reason: type, message, observedGeneration: 1 };
}

export function gatewayRef(name: string): ObjectStatus["ref"] {
  return { group: gatewayGroup, kind: "Gateway", namespace: "default", name };
}

export function gatewayStatus(name: string, conditions: readonly Condition[] = [condition("Accepted")]): ObjectStatus {
  return { ref: gatewayRef(name), generation: 1, body: { kind: "gateway", conditions, listeners: [], addresses: [] } };
}

export function routeRef(name: string): ObjectStatus["ref"] {
  return { group: gatewayGroup, kind: "HTTPRoute", namespace: "default", name };
}

export function parentsStatus(ref: ObjectStatus["ref"], parents: readonly ParentStatus[]): ObjectStatus {
  return { ref, generation: 1, body: { kind: "parents", parents } };
}

/** A route that has nothing but one parent. */
export function routeStatus(name: string, conditions: readonly Condition[] = [condition("Accepted")]): ObjectStatus {
  return parentsStatus(routeRef(name), [{ ref: gatewayRef("gw"), conditions }]);
}
