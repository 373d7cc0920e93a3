import { secretObject } from "../../model/certificates.ts";
import type { SecretIr } from "../../model/ir.ts";
import type { GatewayAddress } from "../../model/result.ts";
import type { Expiries, Expiry } from "../../status/expiry.ts";
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
  readonly problem?: string | undefined;
  /** Monotonic. */
  readonly nowMs: number;
  readonly wallMs: number;
}

/** A proxy that has not acknowledged for so long is named in the status. */
const lagMs = 5_000;

export function programmingOf({
  publisher,
  proxies,
  addresses,
  problem,
  nowMs,
  wallMs,
}: ProgrammingInput): Programming {
  const { sequence, publishedAtMs, acknowledgedGeneration, held } = publisher;
  const behind = proxies.filter(({ ackedSequence }) => (ackedSequence ?? -1) < (sequence ?? 0));
  return {
    addresses,
    proxies: proxies.length,
    acknowledgedProxies: proxies.length - behind.length,
    ...(acknowledgedGeneration !== undefined && { acknowledgedGeneration }),
    lagging: nowMs - publishedAtMs > lagMs ? behind.map(({ node }) => node) : [],
    held,
    ...(problem !== undefined && { problem }),
    expiries: expiriesOf(publisher.gateway.secrets.values(), wallMs),
  };
}

const dayMs = 86_400_000;
/** Who is to renew a certificate by hand needs days; one that lives for a day is renewed in its last hours. */
const longestNoticeMs = 7 * dayMs;
const noticeShare = 0.1;

/** Nothing of a certificate that is not near its end, so that statuses change twice in its life. */
function expiriesOf(secrets: Iterable<SecretIr>, wallMs: number): Expiries {
  const expiries = new Map<string, Expiry>();
  for (const { key, notBeforeMs, notAfterMs } of secrets) {
    const noticeMs = Math.min(longestNoticeMs, (notAfterMs - notBeforeMs) * noticeShare);
    if (wallMs < notAfterMs - noticeMs) continue;
    expiries.set(secretObject(key), { state: wallMs < notAfterMs ? "soon" : "expired", notAfterMs });
  }
  return expiries;
}
