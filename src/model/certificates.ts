import { contentHash } from "../lib/content-hash.ts";
import { readKeyPair } from "../lib/key-pair.ts";
import { memoOn } from "../lib/memo.ts";
import type { GatewayListener } from "../resources/kinds/gateway.ts";
import { type Secret, secret, secretValue } from "../resources/kinds/secret.ts";
import type { ByName } from "../resources/resource-set.ts";
import type { SecretIr, SecretKey } from "./ir.ts";
import { nameKey, originOf } from "./origins.ts";
import type { References, Referrer } from "./references.ts";

type CertificateRef = NonNullable<NonNullable<GatewayListener["tls"]>["certificateRefs"]>[number];

/** One certificateRef, without what is in the certificate: a rotation leaves it as it is. */
export type CertificateView =
  | { readonly kind: "usable"; readonly secret: SecretKey; readonly names: readonly string[] }
  | {
      readonly kind: "unusable";
      readonly reason: "InvalidCertificateRef" | "RefNotPermitted";
      readonly message: string;
    };

export function resolveCertificate(ref: CertificateRef, from: Referrer, references: References): CertificateView {
  const found = references.resolve(from, ref, [secret]);
  const name = nameKey(ref.namespace ?? from.namespace, ref.name);
  switch (found.kind) {
    case "invalid-kind":
      return invalid(`${ref.kind}${ref.group === "" ? "" : `.${ref.group}`} ${name}: a certificate must be a Secret`);
    case "not-permitted": {
      const message = `Certificate ref to secret ${name} not permitted by any ReferenceGrant.`;
      return { kind: "unusable", reason: "RefNotPermitted", message };
    }
    case "not-found":
      return invalid(`Secret ${name} does not exist`);
    case "found": {
      const read = readSecret(found.object);
      if (read.kind === "unusable") return invalid(`Secret ${name} ${read.problem}`);
      return { kind: "usable", secret: read.ir.key, names: read.names };
    }
  }
}

function invalid(message: string): CertificateView {
  return { kind: "unusable", reason: "InvalidCertificateRef", message };
}

/** Those that are named and usable, in the order of keys. */
export function secretsOf(keys: Iterable<SecretKey>, secrets: ByName<Secret>): ReadonlyMap<SecretKey, SecretIr> {
  const found = new Map<SecretKey, SecretIr>();
  for (const key of [...new Set(keys)].sort()) {
    const object = secrets.get(key.slice(keyPrefix.length));
    const read = object === undefined ? undefined : readSecret(object);
    if (read?.kind === "usable") found.set(key, read.ir);
  }
  return found;
}

const keyPrefix = "secret/";

/** "Secret/<ns>/<name>", as objects are told apart. */
export function secretObject(key: SecretKey): string {
  return `Secret/${key.slice(keyPrefix.length)}`;
}

const tlsType = "kubernetes.io/tls";

type ReadSecret =
  | { readonly kind: "usable"; readonly ir: SecretIr; readonly names: readonly string[] }
  | { readonly kind: "unusable"; readonly problem: string };

const readSecret = memoOn((object: Secret): ReadSecret => {
  if (object.type !== tlsType) return unusable(`is of type ${object.type}, must be ${tlsType}`);
  const certificate = secretValue(object, "tls.crt");
  const key = secretValue(object, "tls.key");
  if (certificate === undefined || key === undefined) return unusable("must contain tls.crt and tls.key");
  const read = readKeyPair(certificate.toString(), key.toString());
  if (read.kind === "unusable") return unusable(`must contain valid tls.crt and tls.key: ${read.problem}`);
  const { chain, privateKey, names, notBeforeMs, notAfterMs } = read.pair;
  const digest = contentHash(`${chain}\n${privateKey.reveal()}`);
  const { namespace, name } = object.metadata;
  const ir = {
    key: `${keyPrefix}${namespace}/${name}`,
    origin: originOf(object),
    digest,
    chain,
    privateKey,
    notBeforeMs,
    notAfterMs,
  };
  return { kind: "usable", ir, names };
});

function unusable(problem: string): ReadSecret {
  return { kind: "unusable", problem };
}
