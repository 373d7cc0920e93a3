import type { GatewayAddress } from "../../model/result.ts";
import type { Programming } from "../../status/final-statuses.ts";
import type { ProxyState } from "../../xds/proxy-state.ts";
import type { GatewayPublisher } from "./gateway-publisher.ts";

export interface ProgrammingInput {
  readonly publisher: Pick<
    GatewayPublisher,
    "gateway" | "sequence" | "publishedAtMs" | "acknowledgedGeneration" | "held"
  >;
  /** Connected now. */
  readonly proxies: readonly ProxyState[];
  readonly addresses: readonly GatewayAddress[];
  readonly nowMs: number;
}

/** A proxy that has not acknowledged for so long is named in the status. */
const lagMs = 5_000;

export function programmingOf({ publisher, proxies, addresses, nowMs }: ProgrammingInput): Programming {
  const { sequence, publishedAtMs, acknowledgedGeneration, held } = publisher;
  const behind = proxies.filter(({ ackedSequence }) => (ackedSequence ?? -1) < (sequence ?? 0));
  return {
    addresses,
    proxies: proxies.length,
    acknowledgedProxies: proxies.length - behind.length,
    ...(acknowledgedGeneration !== undefined && { acknowledgedGeneration }),
    lagging: nowMs - publishedAtMs > lagMs ? behind.map(({ node }) => node) : [],
    held,
  };
}
