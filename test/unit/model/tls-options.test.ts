import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { defaultTlsParameters, readTlsOptions, tlsOptionKeys } from "../../../src/model/tls-options.ts";

describe("options of a listener's TLS", () => {
  it("have defaults, and leave those of others alone", () => {
    assert.deepEqual(readTlsOptions().parameters, defaultTlsParameters);
    assert.deepEqual(readTlsOptions({ "example.com/a": "b" }), {
      parameters: defaultTlsParameters,
      problems: [],
      unknown: ["example.com/a"],
    });
  });

  it("say versions, suites, curves and protocols", () => {
    const { parameters, problems } = readTlsOptions({
      "antechamber.dev/tls-min-version": "1.1",
      "antechamber.dev/tls-max-version": "1.2",
      "antechamber.dev/tls-cipher-suites": "AES128-SHA, AES256-SHA,AES128-SHA",
      "antechamber.dev/tls-ecdh-curves": "P-521",
      "antechamber.dev/tls-alpn-protocols": "http/1.1,h2",
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(parameters, {
      minVersion: "1.1",
      maxVersion: "1.2",
      cipherSuites: ["AES128-SHA", "AES256-SHA"],
      ecdhCurves: ["P-521"],
      alpnProtocols: ["http/1.1", "h2"],
    });
  });

  it("are documented, each", () => {
    const page = readFileSync(new URL("../../../docs/reference/https.md", import.meta.url), "utf8");
    for (const key of Object.values(tlsOptionKeys)) assert.ok(page.includes(`\`${key}\``), key);
  });

  const wrong: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "a version that there is not": { "antechamber.dev/tls-min-version": "1.4" },
    "a version spelled otherwise": { "antechamber.dev/tls-max-version": "TLSv1.2" },
    "a lowest version above the highest": {
      "antechamber.dev/tls-min-version": "1.3",
      "antechamber.dev/tls-max-version": "1.2",
    },
    "a suite that Envoy does not know": { "antechamber.dev/tls-cipher-suites": "AES128-SHA,RC4-MD5" },
    "suites that TLS 1.3 does not choose from": {
      "antechamber.dev/tls-min-version": "1.3",
      "antechamber.dev/tls-cipher-suites": "AES128-SHA",
    },
    "a curve that Envoy does not know": { "antechamber.dev/tls-ecdh-curves": "P-192" },
    "no protocol": { "antechamber.dev/tls-alpn-protocols": "" },
  };
  for (const [what, options] of Object.entries(wrong)) {
    it(`may not say ${what}`, () => {
      assert.equal(readTlsOptions(options).problems.length, 1);
    });
  }
});
