import type { TransportSocket } from "../../gen/envoy/config/core/v3/base.ts";
import type { FilterChainMatch, ListenerFilter } from "../../gen/envoy/config/listener/v3/listener_components.ts";
import { TlsInspector } from "../../gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector.ts";
import { TlsParameters_TlsProtocol as TlsProtocol } from "../../gen/envoy/extensions/transport_sockets/tls/v3/common.ts";
import { DownstreamTlsContext } from "../../gen/envoy/extensions/transport_sockets/tls/v3/tls.ts";
import type { TlsIr, TlsVersion } from "../../model/ir.ts";
import { pack } from "./any.ts";
import { ads } from "./config-source.ts";

/** Reads which host a client asks for, by which its filter chain is chosen. */
export function tlsInspector(): ListenerFilter {
  return {
    name: "envoy.filters.listener.tls_inspector",
    configType: { $case: "typedConfig", value: pack(TlsInspector, {}) },
  };
}

/** Clients without TLS match nothing, and are cut off. */
export function chainMatch({ host }: TlsIr): FilterChainMatch {
  return { transportProtocol: "tls", ...(host === "*" ? {} : { serverNames: [host] }) };
}

/** Certificates come by name, so that one that is renewed changes no listener. */
export function tlsSocket(tls: TlsIr): TransportSocket {
  const context: DownstreamTlsContext = {
    commonTlsContext: {
      tlsParams: {
        tlsMinimumProtocolVersion: versions[tls.minVersion],
        tlsMaximumProtocolVersion: versions[tls.maxVersion],
        cipherSuites: [...tls.cipherSuites],
        ecdhCurves: [...tls.ecdhCurves],
      },
      tlsCertificateSdsSecretConfigs: tls.certificates.map((name) => ({ name, sdsConfig: ads() })),
      alpnProtocols: [...tls.alpnProtocols],
    },
  };
  return {
    name: "envoy.transport_sockets.tls",
    configType: { $case: "typedConfig", value: pack(DownstreamTlsContext, context) },
  };
}

const versions: Readonly<Record<TlsVersion, TlsProtocol>> = {
  "1.0": TlsProtocol.TLSv1_0,
  "1.1": TlsProtocol.TLSv1_1,
  "1.2": TlsProtocol.TLSv1_2,
  "1.3": TlsProtocol.TLSv1_3,
};
