import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { serverTlsOf } from "../../../src/model/server-tls.ts";
import { readServerTls } from "../../../src/model/server-tls-annotations.ts";
import { makeCertificate, tlsSecret } from "../../helpers/certificates.ts";
import type { Manifest } from "../../helpers/manifests.ts";
import { admitted, resourceSet } from "../../helpers/resources-from-yaml.ts";

const one = await makeCertificate({ names: ["one.test"] });
const two = await makeCertificate({ names: ["two.test"] });

function holder(kind: "ConfigMap" | "Secret", name: string, data: Manifest): Manifest {
  return { apiVersion: "v1", kind, metadata: { name }, ...data };
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const resources = resourceSet(
  [
    holder("ConfigMap", "one", { data: { "ca.crt": one.certificate } }),
    holder("ConfigMap", "binary", { binaryData: { "ca.crt": base64(one.certificate) } }),
    holder("ConfigMap", "both", { data: { "ca.crt": `# ours\n${one.certificate}\n${two.certificate}` } }),
    holder("ConfigMap", "keyless", { data: { "tls.crt": one.certificate } }),
    holder("ConfigMap", "no-pem", { data: { "ca.crt": "canary" } }),
    holder("ConfigMap", "half", {
      data: { "ca.crt": `${one.certificate}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n` },
    }),
    holder("Secret", "one", { data: { "ca.crt": base64(`${one.certificate}\n${two.key}`) } }),
    tlsSecret("pair", one),
  ].map(admitted),
);

const pool = admitted({
  apiVersion: "inference.networking.k8s.io/v1",
  kind: "InferencePool",
  metadata: { name: "pool" },
  spec: { selector: { matchLabels: { app: "vllm" } }, targetPorts: [{ number: 8000 }] },
});

function view(annotations: Readonly<Record<string, string>>) {
  const named = Object.entries(annotations).map(([name, value]) => [`antechamber.dev/${name}`, value]);
  return serverTlsOf(readServerTls(Object.fromEntries(named)), pool.metadata, resources);
}

function authorities(annotations: Readonly<Record<string, string>>): string {
  const tls = view({ "server-tls": "true", ...annotations });
  assert.ok(tls.kind === "tls" && tls.ir.trust.kind === "authorities", JSON.stringify(tls));
  return tls.ir.trust.pem;
}

describe("TLS to a pool's servers", () => {
  it("is not spoken where nobody asks for it, or it is switched off", () => {
    assert.deepEqual(view({}), { kind: "plain" });
    assert.deepEqual(view({ "server-tls": "false", "server-tls-ca": "configmap/one" }), { kind: "plain" });
  });

  it("trusts the system's authorities where none is named", () => {
    assert.deepEqual(view({ "server-tls": "true" }), { kind: "tls", ir: { trust: { kind: "system" } } });
  });

  it("takes authorities from a ConfigMap, or a Secret, and nothing beside them", () => {
    const only = authorities({ "server-tls-ca": "configmap/one" });
    assert.equal(only.trim(), one.certificate.trim());
    assert.equal(authorities({ "server-tls-ca": "configmap/binary" }), only);
    assert.equal(authorities({ "server-tls-ca": "secret/one" }), only);
    assert.equal(authorities({ "server-tls-ca": "configmap/both" }).match(/BEGIN CERTIFICATE/g)?.length, 2);
  });

  it("tells names from addresses", () => {
    for (const [hostname, name] of [
      ["Model.Test", { type: "dns", value: "model.test" }],
      ["10.0.0.1", { type: "ip", value: "10.0.0.1" }],
      ["FD00:0:0::1", { type: "ip", value: "fd00::1" }],
    ] as const) {
      const tls = view({ "server-tls": "true", "server-tls-hostname": hostname });
      assert.deepEqual(tls, { kind: "tls", ir: { name, trust: { kind: "system" } } });
    }
  });

  it("trusts anybody only where it is told to in so many words", () => {
    const skip = { "server-tls": "true", "server-tls-insecure-skip-verify": "true" };
    assert.deepEqual(view(skip), { kind: "tls", ir: { trust: { kind: "anybody" } } });
  });

  for (const [what, annotations, reason] of [
    ["no such ConfigMap", { "server-tls-ca": "configmap/gone" }, /ConfigMap default\/gone does not exist/],
    ["no such Secret", { "server-tls-ca": "secret/both" }, /Secret default\/both does not exist/],
    ["no ca.crt in it", { "server-tls-ca": "configmap/keyless" }, /ConfigMap default\/keyless has no key ca\.crt/],
    ["no ca.crt in a Secret", { "server-tls-ca": "secret/pair" }, /Secret default\/pair has no key ca\.crt/],
    ["no PEM", { "server-tls-ca": "configmap/no-pem" }, /ca\.crt of ConfigMap default\/no-pem is not certificates/],
    ["a broken one among several", { "server-tls-ca": "configmap/half" }, /is not certificates in PEM/],
    ["no kind", { "server-tls-ca": "one" }, /"one" is not configmap\/ or secret\/ and a name/],
    ["another namespace", { "server-tls-ca": "configmap/other/one" }, /is not configmap\/ or secret\/ and a name/],
    ["no name", { "server-tls-hostname": "*.test" }, /"\*\.test" is not a DNS name or an IP address/],
    ["no address", { "server-tls-hostname": "10.0.0.256" }, /is not a DNS name or an IP address/],
    ["no truth", { "server-tls": "yes" }, /antechamber\.dev\/server-tls: "yes" is not true or false/],
    ["no truth on skipping", { "server-tls-insecure-skip-verify": "on" }, /"on" is not true or false/],
  ] as const) {
    it(`is refused, never left out, for ${what}`, () => {
      const tls = view({ "server-tls": "true", ...annotations });
      assert.ok(tls.kind === "refused", JSON.stringify(tls));
      assert.match(tls.message, reason);
      assert.doesNotMatch(tls.message, /canary/);
    });
  }

  it("is refused where it is described but not asked for", () => {
    const tls = view({ "server-tls-ca": "configmap/one" });
    assert.ok(tls.kind === "refused");
    assert.match(tls.message, /server-tls-ca stands without antechamber\.dev\/server-tls: "true"/);
  });
});
