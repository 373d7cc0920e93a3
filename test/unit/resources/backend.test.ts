import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { admitYaml, errorsOf } from "../../helpers/parse-yaml.ts";

const backend = (spec: string): string =>
  `{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: Backend, metadata: {name: b}, spec: {${spec}}}`;

const ip = "{ip: {address: 10.0.0.1, port: 80}}";
const fqdn = "{fqdn: {hostname: a.example.com, port: 80}}";

/** What an API server with upstream's CRD says to each. */
const refused: readonly (readonly [spec: string, error: string])[] = [
  ["endpoints: [{}]", "spec.endpoints[0]: one of fqdn, ip or unix must be specified"],
  [
    "endpoints: [{ip: {address: 10.0.0.1, port: 80}, unix: {path: /a}}]",
    "spec.endpoints[0]: only one of fqdn, ip or unix can be specified",
  ],
  [`endpoints: [${ip}, ${fqdn}]`, "spec.endpoints: fqdn addresses cannot be mixed with other address types"],
  [
    `endpoints: [{unix: {path: /${"a".repeat(108)}}}]`,
    "spec.endpoints[0].unix.path: unix domain socket path must not exceed 108 characters",
  ],
  [`type: DynamicResolver, endpoints: [${ip}]`, "spec: DynamicResolver type cannot have endpoints specified"],
  [
    "type: DynamicResolver, tls: {autoSNIFromEndpointHostname: true}",
    "spec: DynamicResolver type cannot use autoSNIFromEndpointHostname",
  ],
  [
    `endpoints: [${ip}], tls: {autoSNIFromEndpointHostname: true}`,
    "spec: when autoSNIFromEndpointHostname is enabled, IP and Unix endpoints must define a hostname",
  ],
  [
    "tls: {caCertificateRefs: [{group: '', kind: ConfigMap, name: c}], wellKnownCACertificates: System}",
    "spec.tls: must not contain both CACertificateRefs and WellKnownCACertificates",
  ],
  [
    "tls: {insecureSkipVerify: true, wellKnownCACertificates: System}",
    "spec.tls: must not contain either CACertificateRefs or WellKnownCACertificates when InsecureSkipVerify is enabled",
  ],
  [
    `endpoints: [${fqdn}], tls: {sni: a.com, autoSNIFromEndpointHostname: true}`,
    "spec.tls: sni and autoSNIFromEndpointHostname are mutually exclusive",
  ],
  [
    "tls: {minVersion: '1.3', ciphers: [a]}",
    "spec.tls: setting ciphers has no effect if the minimum possible TLS version is 1.3",
  ],
  ["tls: {maxVersion: '1.1'}", "spec.tls: minVersion must be smaller or equal to maxVersion"],
  ["tls: {minVersion: '1.3', maxVersion: '1.2'}", "spec.tls: minVersion must be smaller or equal to maxVersion"],
];

suite("rules of Backend", () => {
  for (const [spec, error] of refused)
    test(`refuse: ${error} (${spec.slice(0, 40)})`, () => {
      assert.deepEqual(errorsOf(admitYaml(backend(spec))), [error]);
    });

  test("take every kind of endpoint, and TLS without bounds", () => {
    for (const spec of [
      `endpoints: [${ip}, {unix: {path: /run/a.sock}, hostname: a.com}], appProtocols: [gateway.envoyproxy.io/h2c]`,
      `endpoints: [${fqdn}], tls: {minVersion: Auto, maxVersion: Auto}, fallback: true`,
      "type: DynamicResolver",
    ])
      assert.deepEqual(errorsOf(admitYaml(backend(spec))), [], spec);
  });
});
