/** Makes authorities and certificates: ECDSA on P-256, which everything that reads them is fast with. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { Sealed } from "../lib/sealed.ts";

/** A certificate with its key. */
export interface Issued {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS 8. */
  readonly privateKey: Sealed<string>;
}

export interface Validity {
  readonly nowMs: number;
  readonly lifetimeMs: number;
}

/** Whom a certificate is for. */
export type Subject =
  | { readonly kind: "server"; readonly names: readonly string[] }
  /** `identity`: the URI by which the server knows whose it is. */
  | { readonly kind: "client"; readonly identity: string };

/** Clocks of nodes differ: a certificate is good a little before it was made. */
export const backdatedMs = 60_000;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** Each has a name of its own: what two of one name have signed cannot be told apart by it. */
export async function makeAuthority(validity: Validity): Promise<Issued> {
  const keys = await makeKeys();
  const id = webcrypto.randomUUID().slice(0, 8);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [`antechamber ${id}`] }],
    ...period(validity),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return issued(certificate, keys.privateKey);
}

export async function issue(authority: Issued, subject: Subject, validity: Validity): Promise<Issued> {
  const keys = await makeKeys();
  const issuer = new X509Certificate(authority.certificate);
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: ["antechamber"] }],
    issuer: issuer.subject,
    ...period(validity),
    publicKey: keys.publicKey,
    signingKey: await readKey(authority.privateKey),
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([
        subject.kind === "server" ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
      ]),
      new SubjectAlternativeNameExtension(
        subject.kind === "server"
          ? subject.names.map((value) => ({ type: "dns", value }))
          : [{ type: "url", value: subject.identity }],
      ),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return issued(certificate, keys.privateKey);
}

function period({ nowMs, lifetimeMs }: Validity) {
  return { notBefore: new Date(nowMs - backdatedMs), notAfter: new Date(nowMs + lifetimeMs) };
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

function readKey(key: Sealed<string>): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(key.reveal().replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  return webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}

async function issued(certificate: X509Certificate, key: webcrypto.CryptoKey): Promise<Issued> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  const lines = pkcs8.match(/.{1,64}/g) ?? [];
  const pem = ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n");
  return { certificate: `${certificate.toString("pem")}\n`, privateKey: new Sealed(pem) };
}
