import { gatewayGroup } from "../resources/gateway-api/shapes.ts";
import type { Gateway, GatewayListener } from "../resources/kinds/gateway.ts";
import { type CertificateView, resolveCertificate } from "./certificates.ts";
import { type Fact, isFalse, notInEffect, warningOf } from "./conditions.ts";
import { hostOf } from "./hostnames.ts";
import type { TlsIr } from "./ir.ts";
import type { References } from "./references.ts";
import { readTlsOptions } from "./tls-options.ts";

/** What the certificateRefs of each listener come to, by its name; listeners without any are not in it. */
export type CertificatesByListener = ReadonlyMap<string, readonly CertificateView[]>;

export function resolveCertificates(gateway: Gateway, references: References): CertificatesByListener {
  const from = { group: gatewayGroup, kind: "Gateway", namespace: gateway.metadata.namespace };
  return new Map(
    gateway.spec.listeners.flatMap(({ name, tls, protocol }) => {
      const refs = protocol === "HTTPS" ? (tls?.certificateRefs ?? []) : [];
      return refs.length === 0 ? [] : [[name, refs.map((ref) => resolveCertificate(ref, from, references))] as const];
    }),
  );
}

export interface ListenerTls {
  /** Present where there is something to show to clients. */
  readonly ir?: TlsIr;
  /** DNS names of the certificates. */
  readonly names: readonly string[];
  readonly facts: readonly Fact[];
}

/** Of an HTTPS listener. Facts that deny Accepted are about the listener, those that deny ResolvedRefs about its Secrets. */
export function viewTls(
  gateway: Gateway,
  listener: GatewayListener,
  certificates: readonly CertificateView[],
): ListenerTls {
  const { tls } = listener;
  if (tls === undefined) return refused("Listener must have TLS set when protocol is HTTPS.");
  const { parameters, problems, unknown } = readTlsOptions(tls.options);
  if (problems.length > 0) return refused(`tls.options: ${problems.join("; ")}`);
  if (asksForClientCertificates(gateway, listener.port)) {
    return refused("Client certificates, which spec.tls.frontend asks for, are not validated yet.");
  }
  const usable = certificates.flatMap((view) => (view.kind === "usable" ? [view] : []));
  return {
    names: [...new Set(usable.flatMap(({ names }) => names))].sort(),
    facts: [
      ...unresolved(certificates, usable.length),
      ...warningOf(notInEffect(unknown.map((key) => `tls.options[${key}]`))),
    ],
    ...(usable.length === 0
      ? {}
      : {
          ir: {
            host: hostOf(listener.hostname),
            certificates: [...new Set(usable.map(({ secret }) => secret))],
            ...parameters,
          },
        }),
  };
}

function refused(message: string): ListenerTls {
  return { names: [], facts: [isFalse("Accepted", "Invalid", message)] };
}

/** One that works is shown in spite of others that do not, as in Envoy Gateway. */
function unresolved(certificates: readonly CertificateView[], usable: number): readonly Fact[] {
  const bad = certificates.flatMap((view) => (view.kind === "unusable" ? [view] : []));
  const [first] = bad;
  if (first === undefined) {
    if (usable > 0) return [];
    return [isFalse("ResolvedRefs", "InvalidCertificateRef", "Listener must have at least one certificateRef.")];
  }
  const message = bad.map((one) => one.message).join("; ");
  return [isFalse("ResolvedRefs", usable > 0 ? "PartiallyInvalidCertificateRef" : first.reason, message)];
}

/** To serve without what its author relies on would let everybody in. */
function asksForClientCertificates({ spec }: Gateway, port: number): boolean {
  const { default: everywhere, perPort = [] } = spec.tls?.frontend ?? {};
  const own = perPort.find((one) => one.port === port);
  return (own === undefined ? everywhere : own.tls)?.validation !== undefined;
}
