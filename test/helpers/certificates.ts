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

/** Signed by itself, so that a client may take it for its authority. */
export async function makeCertificate(options: CertificateOptions): Promise<TestCertificate> {
  const { names, algorithm = "p256", from = -1, until = 30 } = options;
  const keys = (await webcrypto.subtle.generateKey(algorithms[algorithm], true, [
    "sign",
    "verify",
  ])) as webcrypto.CryptoKeyPair;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${names[0] ?? "nobody"}`,
    notBefore: new Date(Date.now() + from * dayMs),
    notAfter: new Date(Date.now() + until * dayMs),
    keys,
    signingAlgorithm: { ...algorithms[algorithm], hash: "SHA-256" },
    extensions: [
      new BasicConstraintsExtension(true),
      new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value }))),
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
