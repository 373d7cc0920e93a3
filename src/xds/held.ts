import type { GatewayIr } from "../model/ir.ts";

/**
 * Origins (objectKey) that a proxy refused. Each is built from the last Gateway that was accepted; where there is
 * none, its routes answer 500 with the reason. The one input of xds/build that comes back from the proxies.
 */
export type HeldOrigins = ReadonlyMap<string, HeldOrigin>;

export interface HeldOrigin {
  readonly reason: string;
  readonly last?: GatewayIr;
}

export const nothingHeld: HeldOrigins = new Map();
