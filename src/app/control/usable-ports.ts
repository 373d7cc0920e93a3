import type { GatewayIr } from "../../model/ir.ts";

interface Usable {
  readonly taken: string;
  readonly gateway: GatewayIr;
}

/**
 * Gateways without the ports that their Envoys cannot have: a listener on a port of somebody else would be refused for
 * as long as the configuration stays the same, also after the port is free. The same question has the identical answer.
 */
export class UsablePorts {
  readonly #answers = new WeakMap<GatewayIr, Usable>();

  of(gateway: GatewayIr, taken: ReadonlySet<number>): GatewayIr {
    if (!gateway.ports.some(({ port }) => taken.has(port))) return gateway;
    const key = [...taken].sort().join();
    const known = this.#answers.get(gateway);
    if (known?.taken === key) return known.gateway;
    const usable = { ...gateway, ports: gateway.ports.filter(({ port }) => !taken.has(port)) };
    this.#answers.set(gateway, { taken: key, gateway: usable });
    return usable;
  }
}
