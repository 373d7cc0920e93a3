import type { Gateway } from "../resources/kinds/gateway.ts";
import { refOf } from "../resources/references.ts";
import { secretObject } from "./certificates.ts";
import { type Fact, isFalse, isTrue, isUnknown, notInEffect, stamp, warningOf } from "./conditions.ts";
import type { AssembledGateway, Attachments } from "./gateway-ir.ts";
import type { InfrastructureIr } from "./infrastructure.ts";
import type { ListenerView } from "./listeners.ts";
import type { ListenerStatus, ObjectStatus } from "./result.ts";

/** All but Programmed, which the proxies decide. `infrastructure`: where the home makes any. */
export function gatewayStatus(
  { view }: AssembledGateway,
  attachments: Attachments,
  infrastructure: InfrastructureIr | undefined,
): ObjectStatus {
  const { key, gateway, listeners } = view;
  const { generation } = gateway.metadata;
  const problem = infrastructure?.problem;
  const facts = [
    problem === undefined ? accepted(listeners) : isFalse("Accepted", problem.reason, problem.message),
    ...warningOf(notInEffect(fieldsNotInEffect(gateway, infrastructure))),
  ];
  const asked = infrastructure === undefined ? [] : (gateway.spec.addresses ?? []).flatMap(({ value }) => value ?? []);
  return statusOf(
    gateway,
    facts,
    listeners.map((listener) => ({
      name: listener.name,
      port: listener.port,
      attachedRoutes: attachments.get(`${key}/${listener.name}`)?.length ?? 0,
      supportedKinds: listener.supportedKinds,
      conditions: stamp(listener.facts, generation),
      ...certificates(listener),
    })),
    asked,
  );
}

function certificates({ tls }: ListenerView): Pick<ListenerStatus, "certificates"> {
  return tls === undefined ? {} : { certificates: tls.certificates.map(secretObject) };
}

/** With files nobody else could say why such a Gateway does nothing. */
export function unclaimedGatewayStatus(gateway: Gateway): ObjectStatus {
  const message = `Waiting for a GatewayClass ${gateway.spec.gatewayClassName} of this controller`;
  return statusOf(gateway, [isUnknown("Accepted", "Pending", message)], [], []);
}

function statusOf(
  gateway: Gateway,
  facts: readonly Fact[],
  listeners: readonly ListenerStatus[],
  askedAddresses: readonly string[],
): ObjectStatus {
  const { generation } = gateway.metadata;
  return {
    ref: refOf(gateway),
    generation,
    body: {
      kind: "gateway",
      conditions: stamp(facts, generation),
      listeners,
      ...(askedAddresses.length > 0 && { askedAddresses }),
    },
  };
}

function accepted(listeners: readonly ListenerView[]): Fact {
  const bad = listeners
    .filter(({ facts }) => facts.some(({ type, status }) => type === "Accepted" && status === "False"))
    .map(({ name }) => name)
    .sort();
  if (bad.length === 0) return isTrue("Accepted", "Accepted", "The Gateway has been scheduled by antechamber");
  if (bad.length === listeners.length) {
    return isFalse("Accepted", "ListenersNotValid", `No listeners are valid: ${bad.join(", ")}`);
  }
  return isTrue("Accepted", "ListenersNotValid", `Listeners not valid: ${bad.join(", ")}`);
}

function fieldsNotInEffect({ spec }: Gateway, infrastructure: InfrastructureIr | undefined): readonly string[] {
  const ofHome = infrastructure === undefined ? (["addresses", "infrastructure", "tls"] as const) : (["tls"] as const);
  return [
    ...[
      ...ofHome.filter((field) => spec[field] !== undefined),
      ...(spec.allowedListeners !== undefined && spec.allowedListeners.namespaces.from !== "None"
        ? ["allowedListeners"]
        : []),
      ...(spec.defaultScope === "All" ? ["defaultScope"] : []),
    ].map((field) => `spec.${field}`),
    ...(infrastructure?.warnings ?? []).map((field) => `${field} of the EnvoyProxy`),
  ];
}
