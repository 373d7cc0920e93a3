import { checkServerIdentity, type PeerCertificate } from "node:tls";
import type { ServerTlsIr } from "../model/ir.ts";

export interface Verification {
  readonly rejectUnauthorized: boolean;
  readonly servername?: string;
  readonly ca?: string;
  readonly checkServerIdentity?: (address: string, certificate: PeerCertificate) => Error | undefined;
}

/**
 * A model server is checked as the proxy checks it, except that the authorities that are trusted by default are Node's.
 * One of which nothing is said is checked by its address.
 */
export function verificationOf({
  insecureSkipVerify,
  serverTls,
}: {
  readonly insecureSkipVerify: boolean;
  readonly serverTls?: ServerTlsIr;
}): Verification {
  if (serverTls === undefined) return { rejectUnauthorized: !insecureSkipVerify };
  const { name, trust } = serverTls;
  return {
    rejectUnauthorized: !insecureSkipVerify && trust.kind !== "anybody",
    ...(name?.type === "dns" ? { servername: name.value } : {}),
    ...(trust.kind === "authorities" ? { ca: trust.pem } : {}),
    checkServerIdentity: (_, certificate) =>
      name === undefined ? undefined : checkServerIdentity(name.value, certificate),
  };
}
