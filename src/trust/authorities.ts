/**
 * Which authorities there are, and which one signs. Pure but for the making of a key. A new one is believed for a time
 * before it signs, and the one before it for a time after, so that at no moment anybody meets a certificate that it
 * does not believe.
 *
 *     signer --2/3 of its life--> signer, next (believed) --overlap--> signer (was next), former --overlap--> signer
 */

import { isAuthority, readBundle, readIssued, termOf } from "./inspect.ts";
import { type Issued, makeAuthority } from "./issue.ts";
import type { SecretTexts } from "./secret.ts";

export interface Authorities {
  readonly signer: Issued;
  /** Signs as soon as it has been believed for long enough. */
  readonly next?: Issued;
  /** PEM: they have signed what may still be in use. */
  readonly former: readonly string[];
  /** Wall clock: when the signer began. */
  readonly signsSinceMs: number;
}

export interface AuthorityTimes {
  readonly nowMs: number;
  readonly lifetimeMs: number;
  readonly overlapMs: number;
  /** Since when no certificate is known to have been signed anew. */
  readonly settledSinceMs: number;
}

/** Undefined: the Secret is absent or damaged. */
export function readAuthorities(texts: SecretTexts): Authorities | undefined {
  const signer = readAuthority(texts["tls.crt"], texts["tls.key"]);
  if (signer === undefined) return undefined;
  const next = readAuthority(texts["next.crt"], texts["next.key"]);
  const present = new Set([signer, ...(next === undefined ? [] : [next])].map(({ certificate }) => certificate));
  const sinceMs = Date.parse(texts["since"] ?? "");
  return {
    signer,
    ...(next === undefined ? {} : { next }),
    former: readBundle(texts["ca.crt"] ?? "").filter((certificate) => !present.has(certificate)),
    signsSinceMs: Number.isNaN(sinceMs) ? termOf(signer).issuedMs : sinceMs,
  };
}

export function writeAuthorities(authorities: Authorities): SecretTexts {
  const { signer, next, signsSinceMs } = authorities;
  return {
    "tls.crt": signer.certificate,
    "tls.key": signer.privateKey.reveal(),
    "ca.crt": bundleOf(authorities),
    ...(next === undefined ? {} : { "next.crt": next.certificate, "next.key": next.privateKey.reveal() }),
    since: new Date(signsSinceMs).toISOString(),
  };
}

/** PEM: all that are to be believed. */
export function bundleOf({ signer, next, former }: Authorities): string {
  const certificates = [signer.certificate, ...(next === undefined ? [] : [next.certificate]), ...former];
  return certificates.flatMap(readBundle).join("");
}

/**
 * The same object where nothing is due.
 * @param believedAnyway PEM: what to believe further where the authorities are lost; they have signed what is in use.
 */
export async function advance(
  known: Authorities | undefined,
  times: AuthorityTimes,
  believedAnyway: readonly string[] = [],
): Promise<Authorities> {
  const { nowMs, lifetimeMs, overlapMs, settledSinceMs } = times;
  if (known === undefined || termOf(known.signer).expiresMs <= nowMs) {
    const signer = await makeAuthority({ nowMs, lifetimeMs });
    return {
      signer,
      former: current(known?.signer.certificate, known?.former ?? believedAnyway, nowMs),
      signsSinceMs: nowMs,
    };
  }
  const { signer, next, former, signsSinceMs } = known;
  if (next !== undefined) {
    if (nowMs < termOf(next).issuedMs + overlapMs) return known;
    return { signer: next, former: [signer.certificate, ...former], signsSinceMs: nowMs };
  }
  const settled = nowMs >= Math.max(signsSinceMs, settledSinceMs) + overlapMs;
  if (former.length > 0 && settled) return { signer, former: [], signsSinceMs };
  if (nowMs < termOf(signer).renewMs) return known;
  return { ...known, next: await makeAuthority({ nowMs, lifetimeMs }) };
}

function current(signer: string | undefined, former: readonly string[], nowMs: number): readonly string[] {
  const all = [...(signer === undefined ? [] : [signer]), ...former];
  return all.filter((certificate) => termOf({ certificate }).expiresMs > nowMs);
}

function readAuthority(certificate = "", key = ""): Issued | undefined {
  const read = readIssued(certificate, key);
  return read !== undefined && isAuthority(read) ? read : undefined;
}
