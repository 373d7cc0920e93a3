import type { GatewayIr } from "../../model/ir.ts";
import type { GatewaySummary, GatewayWanted } from "../messages.ts";

export function gatewayWanted({ key, ports }: GatewayIr): GatewayWanted {
  return { gateway: key, ports: ports.map(({ port, listeners }) => ({ port, listeners })) };
}

export function gatewaySummary({ key, ports }: GatewayIr, bind: string): GatewaySummary {
  const models = ports.flatMap(({ virtualHosts }) => virtualHosts.flatMap(({ model }) => model?.servedModels ?? []));
  return { gateway: key, urls: ports.map(({ port }) => url(bind, port)), models: [...new Set(models)].sort() };
}

/** An address that can be pasted: one that means "all" is none. */
function url(bind: string, port: number): string {
  const host = bind === "0.0.0.0" || bind === "::" ? "127.0.0.1" : bind;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
