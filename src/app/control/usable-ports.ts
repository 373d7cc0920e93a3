import type { GatewayIr } from "../../model/ir.ts";

/**
 * The Gateway without the ports that its Envoy cannot have: a listener on a port of somebody else would be refused for
 * as long as the configuration stays the same, also after the port is free.
 */
export function withoutPorts(gateway: GatewayIr, taken: ReadonlySet<number>): GatewayIr {
  if (!gateway.ports.some(({ port }) => taken.has(port))) return gateway;
  return { ...gateway, ports: gateway.ports.filter(({ port }) => !taken.has(port)) };
}
