import type { Memo } from "../lib/memo.ts";
import type { Gateway, GatewayListener } from "../resources/kinds/gateway.ts";
import type { CertificateView } from "./certificates.ts";
import { type Fact, isFalse, isTrue } from "./conditions.ts";
import { hostOf } from "./hostnames.ts";
import type { TlsIr } from "./ir.ts";
import { type LabelSelector, selectorProblem } from "./label-selector.ts";
import { type CertificatesByListener, type ListenerTls, resolveCertificates, viewTls } from "./listener-tls.ts";
import { nameKey } from "./origins.ts";
import type { References } from "./references.ts";
import { overlapsOf } from "./tls-overlap.ts";

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
  /** It is well formed, alone with its host on its port, and of a protocol that is served: routes attach to it. */
  readonly attaches: boolean;
  /** Proxies get it: routes attach, and where it is HTTPS it has a certificate. */
  readonly serves: boolean;
  /** Present where it is HTTPS and serves. */
  readonly tls?: TlsIr;
  /** DNS names that it can prove to have. */
  readonly certificateNames: readonly string[];
  /** Of the protocol. */
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  readonly namespaces: { readonly from: "All" | "Same" | "Selector"; readonly selector?: LabelSelector };
  /** Its conditions, but for Programmed where that is the proxies' to say. */
  readonly facts: readonly Fact[];
}

const gatewayGroup = "gateway.networking.k8s.io";
/** Protocols that cannot share a port with HTTP; those that only a third party knows do not count. */
const portProtocols: Readonly<Record<string, string>> = { HTTP: "HTTP", HTTPS: "TLS", TLS: "TLS", TCP: "TCP" };

/** Stays the identical object while the Gateway does and its certificates keep their names and problems. */
export function viewGateway(gateway: Gateway, references: References, memory: Memo<GatewayView>): GatewayView {
  const { namespace, name } = gateway.metadata;
  const key = nameKey(namespace, name);
  const certificates = resolveCertificates(gateway, references);
  return memory.recall(key, [gateway, JSON.stringify([...certificates])], () => ({
    key,
    gateway,
    listeners: viewListeners(gateway, certificates),
  }));
}

function viewListeners(gateway: Gateway, certificates: CertificatesByListener): readonly ListenerView[] {
  const listeners = gateway.spec.listeners.map((listener) =>
    viewListener(gateway, listener, certificates.get(listener.name) ?? []),
  );
  const overTls = listeners.filter(({ tls }) => tls !== undefined);
  return listeners.map((listener) =>
    listener.tls === undefined
      ? listener
      : { ...listener, facts: [...listener.facts, ...overlapsOf(listener, overTls)] },
  );
}

function viewListener(
  gateway: Gateway,
  listener: GatewayListener,
  certificates: readonly CertificateView[],
): ListenerView {
  const tls = listener.protocol === "HTTPS" ? viewTls(gateway, listener, certificates) : noTls;
  const problems = [...ownProblems(listener), ...conflicts(gateway, listener), ...tls.facts];
  const kinds = supportedKinds(listener);
  const isDenied = problems.some(({ type, status }) => type === "Accepted" && status === "False");
  const attaches = !isDenied && kinds.supported.length > 0;
  const serves = attaches && (tls === noTls || tls.ir !== undefined);
  return {
    name: listener.name,
    port: listener.port,
    host: hostOf(listener.hostname),
    attaches,
    serves,
    ...(serves && tls.ir !== undefined ? { tls: tls.ir } : {}),
    certificateNames: tls.names,
    supportedKinds: isServed(listener.protocol) ? kinds.supported : [],
    namespaces: listener.allowedRoutes.namespaces,
    facts: completed([...problems, ...kinds.problems], serves),
  };
}

const noTls: ListenerTls = { names: [], facts: [] };

function isServed(protocol: string): boolean {
  return protocol === "HTTP" || protocol === "HTTPS";
}

function ownProblems(listener: GatewayListener): readonly Fact[] {
  if (!isServed(listener.protocol)) {
    const message = `Protocol ${listener.protocol} is unsupported, must be HTTP or HTTPS.`;
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
