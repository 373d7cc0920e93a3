import type { TransportSocket } from "../../../gen/envoy/config/core/v3/base.ts";
import { ProxyProtocolConfig_Version as Version } from "../../../gen/envoy/config/core/v3/proxy_protocol.ts";
import { ProxyProtocolUpstreamTransport } from "../../../gen/envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol.ts";
import { RawBuffer } from "../../../gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer.ts";
import type { ClusterSettingsIr } from "../../../model/ir.ts";
import { pack } from "../any.ts";

const plain: TransportSocket = {
  name: "envoy.transport_sockets.raw_buffer",
  configType: { $case: "typedConfig", value: pack(RawBuffer, {}) },
};

/** Tells the backend who the client is before the first byte, around whatever else secures the connection. */
export function withProxyProtocol(
  version: NonNullable<ClusterSettingsIr["proxyProtocol"]>,
  transportSocket: TransportSocket = plain,
): TransportSocket {
  const config = { config: { version: Version[version] }, transportSocket };
  return {
    name: "envoy.transport_sockets.upstream_proxy_protocol",
    configType: { $case: "typedConfig", value: pack(ProxyProtocolUpstreamTransport, config) },
  };
}
