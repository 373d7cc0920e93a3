import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { before, describe, it } from "node:test";
import { readKeyPair } from "../../../src/lib/key-pair.ts";
import { makeCertificate, type TestCertificate } from "../../helpers/certificates.ts";

describe("a key pair", () => {
  let www: TestCertificate;
  let other: TestCertificate;
  before(async () => {
    www = await makeCertificate({ names: ["WWW.example.com", "*.example.com"], until: 3 });
    other = await makeCertificate({ names: ["other.test"] });
  });

  const problemOf = (certificate: string, key: string): string | undefined => {
    const read = readKeyPair(certificate, key);
    return read.kind === "unusable" ? read.problem : undefined;
  };

  it("has the names of its own certificate, in lower case, and its end", () => {
    const read = readKeyPair(www.certificate + other.certificate, www.key);
    assert.equal(read.kind, "pair");
    assert.deepEqual(read.pair.names, ["*.example.com", "www.example.com"]);
    const days = (read.pair.notAfterMs - Date.now()) / 86_400_000;
    assert.ok(days > 2.9 && days < 3.1);
    assert.equal(read.pair.chain.match(/BEGIN CERTIFICATE/g)?.length, 2);
  });

  it("is taken without what else stands in the texts", () => {
    const read = readKeyPair(`subject: x\n${www.key}${www.certificate}`, `# a comment\n${www.key}`);
    assert.equal(read.kind, "pair");
    assert.doesNotMatch(read.pair.chain, /PRIVATE|subject/);
    assert.doesNotMatch(read.pair.privateKey.reveal(), /comment/);
  });

  for (const algorithm of ["p256", "p384", "rsa2048"] as const) {
    it(`may be ${algorithm}`, async () => {
      const { certificate, key } = await makeCertificate({ names: ["a.test"], algorithm });
      assert.equal(problemOf(certificate, key), undefined);
    });
  }

  it("is refused for what Envoy refuses, and the words repeat nothing of it", async () => {
    const weak = await makeCertificate({ names: ["a.test"], algorithm: "rsa1024" });
    const edwards = await makeCertificate({ names: ["a.test"], algorithm: "ed25519" });
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const encrypted = privateKey
      .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "canary" })
      .toString();
    const broken = www.certificate.replace(/\n[A-Za-z0-9+/]{8}/, "\nAAAAAAAA");
    const problems = [
      problemOf("canary", www.key),
      problemOf(broken, www.key),
      problemOf(www.certificate + broken, www.key),
      problemOf(www.certificate, "canary"),
      problemOf(www.certificate, encrypted),
      problemOf(www.certificate, other.key),
      problemOf(weak.certificate, weak.key),
      problemOf(edwards.certificate, edwards.key),
    ];
    assert.deepEqual(problems, [
      "tls.crt is not a chain of certificates in PEM",
      "tls.crt is not a chain of certificates in PEM",
      "tls.crt is not a chain of certificates in PEM",
      "tls.key is not an unencrypted private key in PEM",
      "tls.key is not an unencrypted private key in PEM",
      "tls.key does not belong to the certificate in tls.crt",
      "an RSA key must have at least 2048 bits",
      "the key must be an RSA or ECDSA key",
    ]);
  });
});
