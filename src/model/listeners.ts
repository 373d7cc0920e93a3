import { memoOn } from "../lib/memo.ts";
import type { Gateway, GatewayListener } from "../resources/kinds/gateway.ts";
import { type Fact, isFalse, isTrue } from "./conditions.ts";
import { hostOf } from "./hostnames.ts";
import { type LabelSelector, selectorProblem } from "./label-selector.ts";
import { nameKey } from "./origins.ts";

export interface GatewayView {
  /** "namespace/name". */
  readonly key: string;
  readonly gateway: Gateway;
  readonly listeners: readonly ListenerView[];
}

export interface ListenerView {
  readonly name: string;
  readonly port: number;
  readonly host: string;
  /** It is well formed, alone with its host on its port, and of a protocol that is served. */
  readonly serves: boolean;
  /** Empty where it does not serve, so that nothing attaches. */
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  readonly namespaces: { readonly from: "All" | "Same" | "Selector"; readonly selector?: LabelSelector };
  /** Its conditions, but for Programmed where that is the proxies' to say. */
  readonly facts: readonly Fact[];
}

const gatewayGroup = "gateway.networking.k8s.io";
/** Protocols that cannot share a port with HTTP; those that only a third party knows do not count. */
const portProtocols: Readonly<Record<string, string>> = { HTTP: "HTTP", HTTPS: "TLS", TLS: "TLS", TCP: "TCP" };

export const viewGateway = memoOn((gateway: Gateway): GatewayView => {
  const { namespace, name } = gateway.metadata;
  return {
    key: nameKey(namespace, name),
    gateway,
    listeners: gateway.spec.listeners.map((listener) => viewListener(gateway, listener)),
  };
});

function viewListener(gateway: Gateway, listener: GatewayListener): ListenerView {
  const problems = [...ownProblems(listener), ...conflicts(gateway, listener)];
  const kinds = supportedKinds(listener);
  const serves = problems.length === 0 && kinds.supported.length > 0;
  return {
    name: listener.name,
    port: listener.port,
    host: hostOf(listener.hostname),
    serves,
    supportedKinds: listener.protocol === "HTTP" ? kinds.supported : [],
    namespaces: listener.allowedRoutes.namespaces,
    facts: completed([...problems, ...kinds.problems], serves),
  };
}

function ownProblems(listener: GatewayListener): readonly Fact[] {
  if (listener.protocol !== "HTTP") {
    const message = `Protocol ${listener.protocol} is unsupported, must be HTTP.`;
    return [isFalse("Accepted", "UnsupportedProtocol", message)];
  }
  const { from, selector } = listener.allowedRoutes.namespaces;
  if (from !== "Selector") return [];
  if (selector === undefined) {
    const message =
      'The allowedRoutes.namespaces.selector field must be specified when allowedRoutes.namespaces.from is set to "Selector".';
    return [isFalse("Accepted", "Invalid", message)];
  }
  const problem = selectorProblem(selector);
  if (problem === undefined) return [];
  return [isFalse("Accepted", "Invalid", `The allowedRoutes.namespaces.selector could not be parsed: ${problem}.`)];
}

/** Nothing says which of two conflicting listeners was meant, so neither serves, as in Envoy Gateway. */
function conflicts(gateway: Gateway, listener: GatewayListener): readonly Fact[] {
  const protocol = portProtocols[listener.protocol];
  if (protocol === undefined) return [];
  const rivals = gateway.spec.listeners.filter(
    (other) => other.port === listener.port && portProtocols[other.protocol] !== undefined,
  );
  if (rivals.some((other) => portProtocols[other.protocol] !== protocol)) {
    return conflict(gateway, "ProtocolConflict", "a compatible protocol", rivals);
  }
  const twins = rivals.filter((other) => hostOf(other.hostname) === hostOf(listener.hostname));
  return twins.length > 1 ? conflict(gateway, "HostnameConflict", "a unique hostname", twins) : [];
}

function conflict(gateway: Gateway, reason: string, what: string, listeners: readonly GatewayListener[]): Fact[] {
  const { namespace, name } = gateway.metadata;
  const names = listeners.map((listener) => `${namespace}/${name}/${listener.name}`).sort();
  const message = `All listeners for a given port must use ${what}, conflicting listeners: ${names.join(", ")}`;
  return [isTrue("Conflicted", reason, message), isFalse("Accepted", reason, message)];
}

function supportedKinds(listener: GatewayListener): {
  readonly supported: ListenerView["supportedKinds"];
  readonly problems: readonly Fact[];
} {
  const wanted = listener.allowedRoutes.kinds ?? [];
  if (wanted.length === 0) return { supported: [{ group: gatewayGroup, kind: "HTTPRoute" }], problems: [] };
  const supported = wanted.filter(({ group, kind }) => group === gatewayGroup && kind === "HTTPRoute");
  const messages = wanted
    .filter((one) => !supported.includes(one))
    .map(({ group, kind }) =>
      group === gatewayGroup
        ? `${kind} is not supported, kind must be one of [HTTPRoute]`
        : `Group is not supported, group must be ${gatewayGroup}`,
    );
  if (messages.length === 0) return { supported, problems: [] };
  return { supported, problems: [isFalse("ResolvedRefs", "InvalidRouteKinds", messages.join("; "))] };
}

/** Every listener says whether it is accepted and its references resolved; one that does not serve will not be programmed. */
function completed(problems: readonly Fact[], serves: boolean): readonly Fact[] {
  // Several problems may deny the same condition; the first, its cause, stands.
  const facts = problems.filter((fact, index) => problems.findIndex((other) => other.type === fact.type) === index);
  const has = (type: string): boolean => facts.some((fact) => fact.type === type);
  if (!has("Accepted")) facts.push(isTrue("Accepted", "Accepted", "Listener has been successfully translated"));
  if (!has("ResolvedRefs")) {
    facts.push(isTrue("ResolvedRefs", "ResolvedRefs", "Listener references have been resolved"));
  }
  if (!serves) {
    facts.push(isFalse("Programmed", "Invalid", "Listener is invalid, see other Conditions for details."));
  }
  return facts;
}
