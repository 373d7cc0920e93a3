/** What is in a certificate that was made here, or that somebody put in its place. Pure. */
import { createHash, X509Certificate } from "node:crypto";
import { readKeyPair } from "../lib/key-pair.ts";
import { Sealed } from "../lib/sealed.ts";
import { backdatedMs, type Issued, type Subject } from "./issue.ts";

export interface Term {
  readonly issuedMs: number;
  readonly expiresMs: number;
  /** After two thirds of its life, and a little sooner for some: those that were made at once are not renewed at once. */
  readonly renewMs: number;
}

const jitter = 0.1;

/** Undefined: no pair of a certificate and its key. */
export function readIssued(certificate: string, key: string): Issued | undefined {
  const read = readKeyPair(certificate, key);
  return read.kind === "pair" ? { certificate: read.pair.chain, privateKey: new Sealed(key) } : undefined;
}

export function termOf({ certificate }: Pick<Issued, "certificate">): Term {
  const read = new X509Certificate(certificate);
  const issuedMs = read.validFromDate.getTime() + backdatedMs;
  const expiresMs = read.validToDate.getTime();
  const share = createHash("sha256").update(read.serialNumber).digest().readUInt32BE() / 2 ** 32;
  return { issuedMs, expiresMs, renewMs: issuedMs + (expiresMs - issuedMs) * (2 / 3 - jitter * share) };
}

/** Whether it may sign others. */
export function isAuthority({ certificate }: Issued): boolean {
  return new X509Certificate(certificate).ca;
}

export function isSignedBy({ certificate }: Issued, authority: Issued): boolean {
  const own = new X509Certificate(certificate);
  const other = new X509Certificate(authority.certificate);
  return own.checkIssued(other) && own.verify(other.publicKey);
}

/** Whether it is for exactly that. */
export function isFor({ certificate }: Issued, subject: Subject): boolean {
  const { subjectAltName = "" } = new X509Certificate(certificate);
  const wanted = subject.kind === "server" ? subject.names.map((name) => `DNS:${name}`) : [`URI:${subject.identity}`];
  return subjectAltName === wanted.join(", ");
}

/** The certificates of a text in PEM, each in one form; what cannot be read is left out. */
export function readBundle(text: string): readonly string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block).toString()];
    } catch {
      return [];
    }
  });
}
