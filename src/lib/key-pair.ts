import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { Sealed } from "./sealed.ts";

/** A certificate with its chain and key, as a TLS server shows it. */
export interface KeyPair {
  /** PEM, the server's own certificate first, and nothing else. */
  readonly chain: string;
  /** PEM, PKCS 8. */
  readonly privateKey: Sealed<string>;
  /** DNS names that it is valid for, lower case, sorted. */
  readonly names: readonly string[];
  /** When the server's own is valid. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export type ReadKeyPair =
  | { readonly kind: "pair"; readonly pair: KeyPair }
  /** Why it is of no use; says nothing of what the texts contain. */
  | { readonly kind: "unusable"; readonly problem: string };

/** Texts in PEM. Checks all that Envoy's TLS library checks, so that what is read here is not refused there. */
export function readKeyPair(certificate: string, key: string): ReadKeyPair {
  const chain = readCertificates(certificate);
  if (chain === undefined) return unusable("tls.crt is not a chain of certificates in PEM");
  const privateKey = readKey(key);
  if (privateKey === undefined) return unusable("tls.key is not an unencrypted private key in PEM");
  const [leaf] = chain;
  if (!leaf.checkPrivateKey(privateKey)) return unusable("tls.key does not belong to the certificate in tls.crt");
  const weakness = weaknessOf(privateKey);
  if (weakness !== undefined) return unusable(weakness);
  const pkcs8 = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return {
    kind: "pair",
    pair: {
      chain: chain.map(String).join(""),
      privateKey: new Sealed(pkcs8),
      names: dnsNames(leaf),
      notBeforeMs: leaf.validFromDate.getTime(),
      notAfterMs: leaf.validToDate.getTime(),
    },
  };
}

function unusable(problem: string): ReadKeyPair {
  return { kind: "unusable", problem };
}

const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** All that a text in PEM has; undefined where there is none, or one of them is broken. */
export function readCertificates(text: string): readonly [X509Certificate, ...X509Certificate[]] | undefined {
  try {
    const [leaf, ...others] = (text.match(block) ?? []).map((pem) => new X509Certificate(pem));
    return leaf === undefined ? undefined : [leaf, ...others];
  } catch {
    return undefined;
  }
}

function readKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

const curves: readonly (string | undefined)[] = ["prime256v1", "secp384r1", "secp521r1"];

function weaknessOf({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): string | undefined {
  const { modulusLength = 0, namedCurve } = asymmetricKeyDetails;
  if (asymmetricKeyType === "rsa") return modulusLength < 2048 ? "an RSA key must have at least 2048 bits" : undefined;
  if (asymmetricKeyType !== "ec") return "the key must be an RSA or ECDSA key";
  return curves.includes(namedCurve) ? undefined : "an ECDSA key must be on the curve P-256, P-384 or P-521";
}

/** A certificate without alternative names is valid for no name: clients have stopped reading the common name. */
function dnsNames({ subjectAltName = "" }: X509Certificate): readonly string[] {
  const names = subjectAltName.split(", ").filter((entry) => entry.startsWith("DNS:"));
  return [...new Set(names.map((entry) => entry.slice("DNS:".length).toLowerCase()))].sort();
}
