/** How a proxy in a Pod reaches the picker and the access log: over mutual TLS, at an address that may change at any time. */
import { Cluster, Cluster_DiscoveryType } from "../../gen/envoy/config/cluster/v3/cluster.ts";
import type { TransportSocket } from "../../gen/envoy/config/core/v3/base.ts";
import { ClusterLoadAssignment } from "../../gen/envoy/config/endpoint/v3/endpoint.ts";
import { TlsParameters_TlsProtocol as TlsProtocol } from "../../gen/envoy/extensions/transport_sockets/tls/v3/common.ts";
import { UpstreamTlsContext } from "../../gen/envoy/extensions/transport_sockets/tls/v3/tls.ts";
import { HttpProtocolOptions } from "../../gen/envoy/extensions/upstreams/http/v3/http_protocol_options.ts";
import { staticClusters } from "../../lib/wire.ts";
import type { Origin } from "../../model/ir.ts";
import { originKey } from "../names.ts";
import type { XdsResource } from "../snapshot.ts";
import { duration, pack } from "./any.ts";
import { ads, file } from "./config-source.ts";
import type { PodOptions, SecretFile } from "./options.ts";
import { poolCircuitBreakers } from "./pool/cluster.ts";
import { makeResource } from "./resource.ts";

export interface SocketAddress {
  readonly ip: string;
  readonly port: number;
}

const names = [staticClusters.picker, staticClusters.accessLog] as const;

export function pickerClusters(pod: PodOptions, gateway: Origin): readonly XdsResource[] {
  return names.map((name) => {
    const body = Cluster.encode({
      name,
      clusterDiscoveryType: { $case: "type", value: Cluster_DiscoveryType.EDS },
      edsClusterConfig: { edsConfig: ads(), serviceName: name },
      connectTimeout: duration(1_000),
      circuitBreakers: poolCircuitBreakers,
      typedExtensionProtocolOptions: {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": pack(HttpProtocolOptions, manyStreams),
      },
      transportSocket: mutualTls(pod),
    }).finish();
    return makeResource(name, body, { origins: [originKey(gateway)], needs: [name] });
  });
}

/** Without an address they are empty, and what asks for a place is refused at once. */
export function pickerAssignments(address: SocketAddress | undefined, gateway: Origin): readonly XdsResource[] {
  return names.map((name) => {
    const body = ClusterLoadAssignment.encode({
      clusterName: name,
      endpoints: address === undefined ? [] : [{ locality: {}, lbEndpoints: [endpoint(address)] }],
    }).finish();
    return makeResource(name, body, { origins: [originKey(gateway)] });
  });
}

/** Each request that waits is a stream. The picker's node may vanish without a word, and its waiting requests with it. */
const manyStreams: HttpProtocolOptions = {
  upstreamProtocolOptions: {
    $case: "explicitHttpConfig",
    value: {
      protocolConfig: {
        $case: "http2ProtocolOptions",
        value: {
          maxConcurrentStreams: 2 ** 31 - 1,
          connectionKeepalive: { interval: duration(5_000), timeout: duration(5_000) },
        },
      },
    },
  },
};

function mutualTls({ serverName, certificate, authorities }: PodOptions): TransportSocket {
  const context: UpstreamTlsContext = {
    sni: serverName,
    commonTlsContext: {
      tlsParams: { tlsMinimumProtocolVersion: TlsProtocol.TLSv1_3, tlsMaximumProtocolVersion: TlsProtocol.TLSv1_3 },
      tlsCertificateSdsSecretConfigs: [secret(certificate)],
      // Which name it must have is in the secret.
      validationContextType: { $case: "validationContextSdsSecretConfig", value: secret(authorities) },
    },
  };
  return {
    name: "envoy.transport_sockets.tls",
    configType: { $case: "typedConfig", value: pack(UpstreamTlsContext, context) },
  };
}

function secret({ name, path }: SecretFile) {
  return { name, sdsConfig: file(path) };
}

function endpoint({ ip, port }: SocketAddress) {
  const value = { address: ip, portSpecifier: { $case: "portValue", value: port } } as const;
  return {
    hostIdentifier: {
      $case: "endpoint",
      value: { address: { address: { $case: "socketAddress", value } } },
    },
  } as const;
}
