/** One certificate in one Secret: whether it is as it is to be, and what to write where it is not. */
import type { KubeObject } from "../kube/api.ts";
import { type Authorities, bundleOf } from "./authorities.ts";
import type { Certificates } from "./certificates.ts";
import { isFor, isSignedBy, readBundle, readIssued, termOf } from "./inspect.ts";
import { type Issued, issue, type Subject } from "./issue.ts";
import { hasMeta, type SecretMeta, type SecretTexts, secretWith, textsOf } from "./secret.ts";

export interface Wanted {
  readonly meta: SecretMeta;
  readonly subject: Subject;
}

/** Why a Secret is written. */
export type Change = "created" | "damaged" | "renewed" | "re-signed" | "trust";

export interface Certified {
  readonly change: Change;
  readonly secret: KubeObject;
}

export interface CertifyOptions {
  readonly authorities: Authorities;
  readonly nowMs: number;
  readonly lifetimeMs: number;
}

/** Undefined: nothing is to be written. */
export async function certify(
  known: KubeObject | undefined,
  { meta, subject }: Wanted,
  options: CertifyOptions,
): Promise<Certified | undefined> {
  const { authorities, nowMs, lifetimeMs } = options;
  const texts = textsOf(known);
  const held = readIssued(texts["tls.crt"] ?? "", texts["tls.key"] ?? "");
  const why = known === undefined ? "created" : reasonToReissue(held, subject, options);
  const bundle = bundleOf(authorities);
  if (why === undefined && held !== undefined) {
    if (texts["ca.crt"] === bundle && known !== undefined && hasMeta(known, meta)) return undefined;
    return { change: "trust", secret: secretWith(known, meta, pairTexts(held, bundle)) };
  }
  const made = await issue(authorities.signer, subject, { nowMs, lifetimeMs });
  return { change: why ?? "damaged", secret: secretWith(known, meta, pairTexts(made, bundle)) };
}

/** What a server shows and believes; undefined: the Secret is absent or damaged. */
export function certificatesOf(secret: KubeObject | undefined): Certificates | undefined {
  const texts = textsOf(secret);
  const held = readIssued(texts["tls.crt"] ?? "", texts["tls.key"] ?? "");
  const authorities = readBundle(texts["ca.crt"] ?? "").join("");
  if (held === undefined || authorities === "") return undefined;
  return { chain: held.certificate, privateKey: held.privateKey.reveal(), authorities };
}

function reasonToReissue(
  held: Issued | undefined,
  subject: Subject,
  { authorities, nowMs }: CertifyOptions,
): Change | undefined {
  if (held === undefined || !isFor(held, subject)) return "damaged";
  if (!isSignedBy(held, authorities.signer)) return "re-signed";
  return nowMs >= termOf(held).renewMs ? "renewed" : undefined;
}

function pairTexts({ certificate, privateKey }: Issued, bundle: string): SecretTexts {
  return { "tls.crt": certificate, "tls.key": privateKey.reveal(), "ca.crt": bundle };
}
