/** Certificates that tests make for themselves. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";

export interface TestCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS 8. */
  readonly key: string;
}

export interface CertificateOptions {
  /** Each with ".": `["*.example.com", "example.com"]`. */
  readonly names: readonly string[];
  readonly algorithm?: keyof typeof algorithms;
  /** Absent: signed by itself, so that a client may take it for its authority. */
  readonly authority?: TestAuthority;
  /** Beside the names. */
  readonly addresses?: readonly string[];
  /** Days from now. */
  readonly from?: number;
  readonly until?: number;
}

const algorithms = {
  p256: { name: "ECDSA", namedCurve: "P-256" },
  p384: { name: "ECDSA", namedCurve: "P-384" },
  rsa2048: rsa(2048),
  rsa1024: rsa(1024),
  ed25519: { name: "Ed25519" },
} as const;

function rsa(modulusLength: number) {
  const publicExponent = new Uint8Array([1, 0, 1]);
  return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength, publicExponent } as const;
}

const dayMs = 86_400_000;

export interface TestAuthority {
  /** PEM. */
  readonly certificate: string;
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

export async function makeAuthority(name: string): Promise<TestAuthority> {
  const keys = await makeKeys("p256");
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + 30 * dayMs),
    keys,
    signingAlgorithm: { ...algorithms.p256, hash: "SHA-256" },
    extensions: [new BasicConstraintsExtension(true)],
  });
  return { certificate: `${certificate.toString("pem")}\n`, name: `CN=${name}`, keys };
}

async function makeKeys(algorithm: keyof typeof algorithms): Promise<webcrypto.CryptoKeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithms[algorithm], true, ["sign", "verify"]);
  return keys as webcrypto.CryptoKeyPair;
}

export async function makeCertificate(options: CertificateOptions): Promise<TestCertificate> {
  const { names, addresses = [], algorithm = "p256", authority, from = -1, until = 30 } = options;
  const keys = await makeKeys(algorithm);
  const subject = `CN=${names[0] ?? "nobody"}`;
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: authority?.name ?? subject,
    notBefore: new Date(Date.now() + from * dayMs),
    notAfter: new Date(Date.now() + until * dayMs),
    publicKey: keys.publicKey,
    signingKey: (authority?.keys ?? keys).privateKey,
    signingAlgorithm: { ...algorithms[authority === undefined ? algorithm : "p256"], hash: "SHA-256" },
    extensions: [
      new BasicConstraintsExtension(authority === undefined),
      new SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: "dns", value }) as const),
        ...addresses.map((value) => ({ type: "ip", value }) as const),
      ]),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const lines = pkcs8.match(/.{1,64}/g) ?? [];
  return {
    certificate: certificate.toString("pem"),
    key: ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n"),
  };
}

export function tlsSecret(name: string, { certificate, key }: TestCertificate, namespace = "default") {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    type: "kubernetes.io/tls",
    data: { "tls.crt": base64(certificate), "tls.key": base64(key) },
  };
}
