import type { GatewayIr, PortIr } from "../../model/ir.ts";
import type { GatewaySummary, GatewayWanted } from "../messages.ts";

export function gatewayWanted({ key, ports }: GatewayIr): GatewayWanted {
  const byPort = [...Map.groupBy(ports, ({ port }) => port)];
  return {
    gateway: key,
    ports: byPort.map(([port, tables]) => ({ port, listeners: tables.flatMap(({ listeners }) => listeners) })),
  };
}

export function gatewaySummary({ key, ports }: GatewayIr, bind: string): GatewaySummary {
  const models = ports.flatMap(({ virtualHosts }) => virtualHosts.flatMap(({ model }) => model?.servedModels ?? []));
  const urls = new Set(ports.map(({ protocol, port }) => url(protocol, bind, port)));
  return { gateway: key, urls: [...urls], models: [...new Set(models)].sort() };
}

/** An address that can be pasted: one that means "all" is none. */
function url(protocol: PortIr["protocol"], bind: string, port: number): string {
  const host = bind === "0.0.0.0" || bind === "::" ? "127.0.0.1" : bind;
  return `${protocol.toLowerCase()}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
