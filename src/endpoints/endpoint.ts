import { type Compare, compareBy, inTurn } from "../lib/compare.ts";
import type { EndpointIr } from "../model/ir.ts";

export function endpointAt(ip: string, port: number, health: EndpointIr["health"], name?: string): EndpointIr {
  const address = ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
  return { address, ip, port, name: name ?? address, health };
}

const healthOrder = { healthy: 0, draining: 1, unhealthy: 2 } as const;

const compareEndpoints: Compare<EndpointIr> = inTurn<EndpointIr>(
  compareBy(({ address }) => address),
  (a, b) => healthOrder[a.health] - healthOrder[b.health],
  compareBy(({ name }) => name),
);

/** Sorted by address; of those with one address, which Envoy would refuse, the healthiest stays. */
export function inOrder(endpoints: readonly EndpointIr[]): readonly EndpointIr[] {
  const sorted = [...endpoints].sort(compareEndpoints);
  return sorted.filter((endpoint, index) => endpoint.address !== sorted[index - 1]?.address);
}

export function sameEndpoints(a: readonly EndpointIr[], b: readonly EndpointIr[]): boolean {
  return a.length === b.length && a.every((endpoint, index) => same(endpoint, b[index]));
}

function same(a: EndpointIr, b: EndpointIr | undefined): boolean {
  return a.address === b?.address && a.health === b.health && a.name === b.name && a.zone === b.zone;
}
