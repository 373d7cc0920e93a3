import type { DataSource, TransportSocket } from "../../gen/envoy/config/core/v3/base.ts";
import {
  type CertificateValidationContext,
  SubjectAltNameMatcher_SanType as SanType,
} from "../../gen/envoy/extensions/transport_sockets/tls/v3/common.ts";
import { UpstreamTlsContext } from "../../gen/envoy/extensions/transport_sockets/tls/v3/tls.ts";
import type { EndpointSourceIr, ServerTlsIr, TrustIr } from "../../model/ir.ts";
import { pack } from "./any.ts";
import type { BuildOptions } from "./options.ts";

/** Where Debian has the authorities of its package ca-certificates, as have Envoy's own images. */
const debianAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/**
 * How servers that speak TLS are spoken to. Without authorities to trust Envoy would take any certificate, and what it
 * asks a server for (SNI) is not what it checks, so both are always said.
 */
export function upstreamTls(
  { name, trust }: ServerTlsIr,
  protocol: EndpointSourceIr["protocol"],
  { authoritiesFile = debianAuthorities }: BuildOptions,
): TransportSocket {
  const validation = validationOf(trust, name, authoritiesFile);
  const context: UpstreamTlsContext = {
    // An IP address is nothing to ask for. https://www.rfc-editor.org/rfc/rfc6066#section-3
    ...(name?.type === "dns" ? { sni: name.value } : {}),
    commonTlsContext: {
      alpnProtocols: [protocol === "h2c" ? "h2" : "http/1.1"],
      ...(validation === undefined
        ? {}
        : { validationContextType: { $case: "validationContext", value: validation } as const }),
    },
  };
  return {
    name: "envoy.transport_sockets.tls",
    configType: { $case: "typedConfig", value: pack(UpstreamTlsContext, context) },
  };
}

function validationOf(
  trust: TrustIr,
  name: ServerTlsIr["name"],
  authoritiesFile: string,
): CertificateValidationContext | undefined {
  if (trust.kind === "anybody") return undefined;
  return {
    trustedCa: trust.kind === "system" ? file(authoritiesFile) : inline(trust.pem),
    matchTypedSubjectAltNames:
      name === undefined
        ? []
        : [{ sanType: sanTypes[name.type], matcher: { matchPattern: { $case: "exact", value: name.value } } }],
  };
}

const sanTypes = { dns: SanType.DNS, ip: SanType.IP_ADDRESS } as const;

function file(path: string): DataSource {
  return { specifier: { $case: "filename", value: path } };
}

function inline(text: string): DataSource {
  return { specifier: { $case: "inlineBytes", value: Buffer.from(text) } };
}
