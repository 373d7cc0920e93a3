/**
 * What each Gateway's proxies are to be on Kubernetes: ports, addresses, labels, and the EnvoyProxy that counts. Routes
 * and policies are no input, so that none of their edits can touch a Deployment. The one that counts is the Gateway's
 * over its class's, as a whole or merged as the Gateway's `mergeType` says.
 */
import type { Memo } from "../lib/memo.ts";
import { mergePatch } from "../lib/merge-patch.ts";
import { strategicMerge } from "../lib/strategic-merge.ts";
import { type EnvoyProxy, envoyProxy } from "../resources/kinds/envoy-proxy.ts";
import type { GatewayClass } from "../resources/kinds/gateway-class.ts";
import type { ByName } from "../resources/resource-set.ts";
import { asJson, type EnvoyProxySpec, noEnvoyProxy } from "./envoy-proxy-spec.ts";
import { fieldsWithoutEffect } from "./envoy-proxy-warnings.ts";
import type { Origin } from "./ir.ts";
import type { GatewayView } from "./listeners.ts";
import { originOf } from "./origins.ts";

export interface InfrastructureIr {
  /** "namespace/name" of the Gateway. */
  readonly key: string;
  readonly origin: Origin;
  readonly className: string;
  /** Of spec.infrastructure: for every object. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Asked for by spec.addresses, each an IP address. */
  readonly addresses: readonly string[];
  /** In order; none: no listener can serve, and what runs stays as it is. */
  readonly ports: readonly InfrastructurePort[];
  readonly proxy: EnvoyProxySpec;
  /** Fields of the EnvoyProxy that are declared and not in effect. */
  readonly warnings: readonly string[];
  /** Of the Gateway: Accepted=False. What runs stays as it is. */
  readonly problem?: InfrastructureProblem;
}

export interface InfrastructurePort {
  readonly port: number;
  readonly protocol: "HTTP" | "HTTPS";
  readonly listeners: readonly string[];
}

export interface InfrastructureProblem {
  readonly reason: "InvalidParameters" | "UnsupportedAddress";
  readonly message: string;
}

export interface InfrastructureInput {
  readonly gateways: ReadonlyMap<string, GatewayView>;
  readonly gatewayClasses: ByName<GatewayClass>;
  readonly envoyProxies: ByName<EnvoyProxy>;
}

type Parameters =
  | { readonly kind: "none" }
  | { readonly kind: "found"; readonly object: EnvoyProxy }
  | { readonly kind: "problem"; readonly message: string };

interface ParametersRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export function infrastructures(
  input: InfrastructureInput,
  memory: Memo<InfrastructureIr>,
): ReadonlyMap<string, InfrastructureIr> {
  return new Map(
    [...input.gateways].map(([key, view]) => {
      const ofClass = parametersOf(classParameters(view, input.gatewayClasses), input.envoyProxies);
      const ofGateway = parametersOf(gatewayParameters(view), input.envoyProxies);
      const inputs = [view, ...identities(ofClass), ...identities(ofGateway)];
      return [key, memory.recall(key, inputs, () => infrastructure(view, ofClass, ofGateway))];
    }),
  );
}

/** What is wrong with a class's own reference: its Accepted=False. */
export function classParametersProblem(
  gatewayClass: GatewayClass,
  envoyProxies: ByName<EnvoyProxy>,
): string | undefined {
  const parameters = parametersOf(parametersOfClass(gatewayClass), envoyProxies);
  return parameters.kind === "problem" ? parameters.message : undefined;
}

function infrastructure(view: GatewayView, ofClass: Parameters, ofGateway: Parameters): InfrastructureIr {
  const { key, gateway } = view;
  const proxy = effectiveSpec(ofClass, ofGateway);
  const problem = problemOf(view, ofClass, ofGateway);
  return {
    key,
    origin: originOf(gateway),
    className: gateway.spec.gatewayClassName,
    labels: gateway.spec.infrastructure?.labels ?? {},
    annotations: gateway.spec.infrastructure?.annotations ?? {},
    addresses: (gateway.spec.addresses ?? []).flatMap(({ type, value }) =>
      type === "IPAddress" && value !== undefined ? [value] : [],
    ),
    ports: portsOf(view),
    proxy,
    warnings: fieldsWithoutEffect(proxy),
    ...(problem === undefined ? {} : { problem }),
  };
}

function effectiveSpec(ofClass: Parameters, ofGateway: Parameters): EnvoyProxySpec {
  const base = ofClass.kind === "found" ? ofClass.object.spec : noEnvoyProxy;
  if (ofGateway.kind !== "found") return base;
  const own = ofGateway.object.spec;
  // A merge of two specs is one: both are made of the same fields.
  if (own.mergeType === "StrategicMerge") return strategicMerge(asJson(base), asJson(own)) as EnvoyProxySpec;
  if (own.mergeType === "JSONMerge") return mergePatch(asJson(base), asJson(own)) as EnvoyProxySpec;
  return own;
}

function problemOf(
  { gateway }: GatewayView,
  ofClass: Parameters,
  ofGateway: Parameters,
): InfrastructureProblem | undefined {
  for (const parameters of [ofGateway, ofClass]) {
    if (parameters.kind === "problem") return { reason: "InvalidParameters", message: parameters.message };
  }
  const other = gateway.spec.addresses?.find(({ type }) => type !== "IPAddress" && type !== "Hostname");
  if (other === undefined) return undefined;
  const message = `Address type ${other.type} is not supported, must be IPAddress or Hostname`;
  return { reason: "UnsupportedAddress", message };
}

/** A listener that only lacks its certificate keeps its port: load balancers are slow to follow, Secrets come and go. */
function portsOf({ gateway, listeners }: GatewayView): readonly InfrastructurePort[] {
  const protocols = new Map(gateway.spec.listeners.map(({ name, protocol }) => [name, protocol]));
  const byPort = Map.groupBy(
    listeners.filter(({ attaches }) => attaches),
    ({ port }) => port,
  );
  return [...byPort]
    .sort(([a], [b]) => a - b)
    .map(([port, here]) => ({
      port,
      protocol: here.some(({ name }) => protocols.get(name) === "HTTPS") ? "HTTPS" : "HTTP",
      listeners: here.map(({ name }) => name).sort(),
    }));
}

function gatewayParameters({ gateway }: GatewayView): ParametersRef | undefined {
  const ref = gateway.spec.infrastructure?.parametersRef;
  return ref === undefined ? undefined : { ...ref, namespace: gateway.metadata.namespace };
}

function classParameters({ gateway }: GatewayView, classes: ByName<GatewayClass>): ParametersRef | undefined {
  const gatewayClass = classes.get(gateway.spec.gatewayClassName);
  return gatewayClass === undefined ? undefined : parametersOfClass(gatewayClass);
}

function parametersOfClass({ spec }: GatewayClass): ParametersRef | undefined {
  const ref = spec.parametersRef;
  return ref === undefined ? undefined : { ...ref, namespace: ref.namespace ?? "" };
}

function parametersOf(ref: ParametersRef | undefined, envoyProxies: ByName<EnvoyProxy>): Parameters {
  if (ref === undefined) return { kind: "none" };
  const { group, kind, namespace, name } = ref;
  if (group !== envoyProxy.group || kind !== envoyProxy.kind) {
    const message = `Invalid parametersRef: ${kind}.${group} is not supported, must be ${envoyProxy.kind}.${envoyProxy.group}`;
    return { kind: "problem", message };
  }
  if (namespace === "")
    return { kind: "problem", message: `Invalid parametersRef: EnvoyProxy ${name} needs a namespace` };
  const object = envoyProxies.get(`${namespace}/${name}`);
  if (object !== undefined) return { kind: "found", object };
  return { kind: "problem", message: `Invalid parametersRef: there is no EnvoyProxy ${namespace}/${name}` };
}

function identities(parameters: Parameters): readonly unknown[] {
  switch (parameters.kind) {
    case "none":
      return ["none"];
    case "found":
      return [parameters.object];
    case "problem":
      return [parameters.message];
  }
}
