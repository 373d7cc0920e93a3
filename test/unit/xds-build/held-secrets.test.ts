import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Sealed } from "../../../src/lib/sealed.ts";
import type { GatewayIr, HttpsPortIr, SecretIr } from "../../../src/model/ir.ts";
import { createBuilder } from "../../../src/xds/build/builder.ts";
import { withHeld } from "../../../src/xds/build/held.ts";
import type { HeldOrigin } from "../../../src/xds/held.ts";
import { changedOrigins } from "../../../src/xds/hold/origins.ts";
import { findMissing } from "../../../src/xds/snapshot.ts";
import { makeGateway, makeOrigin } from "../../helpers/make-ir.ts";

const secret = (name: string, digest = "1"): SecretIr => ({
  key: `secret/default/${name}`,
  origin: makeOrigin("Secret", name),
  digest,
  chain: `chain ${digest}`,
  privateKey: new Sealed(`key ${digest}`),
  notBeforeMs: 0,
  notAfterMs: 0,
});

const https = (name: string, certificates: readonly string[], minVersion: "1.0" | "1.2" = "1.2"): HttpsPortIr => ({
  protocol: "HTTPS",
  port: 443,
  listeners: [name],
  virtualHosts: [],
  tls: {
    host: `${name}.test`,
    certificates: certificates.map((one) => `secret/default/${one}`),
    minVersion,
    maxVersion: "1.3",
    cipherSuites: [],
    ecdhCurves: [],
    alpnProtocols: ["h2"],
  },
});

function gatewayOf(ports: readonly HttpsPortIr[], secrets: readonly SecretIr[]): GatewayIr {
  return { ...makeGateway([], []), ports, secrets: new Map(secrets.map((one) => [one.key, one])) };
}

function hold(gateway: GatewayIr, key: string, holding: HeldOrigin): GatewayIr {
  const held = new Map([[key, holding]]);
  const options = { bind: "127.0.0.1", streamIdleTimeoutMs: 1, accessLogFlushMs: 1, reusePort: false };
  const snapshot = createBuilder(options).build({ gateway, endpoints: new Map(), held, sequence: 1 });
  assert.equal(findMissing(snapshot), undefined);
  return withHeld(gateway, held);
}

describe("a held certificate", () => {
  const last = gatewayOf([https("a", ["a"]), https("b", ["b"])], [secret("a"), secret("b")]);
  const wanted = gatewayOf([https("a", ["a"]), https("b", ["b"])], [secret("a", "2"), secret("b", "2")]);

  it("is shown as it was accepted, and no other is", () => {
    const built = hold(wanted, "Secret/default/a", { reason: "", last });
    assert.deepEqual(built.ports, wanted.ports);
    assert.equal(built.secrets.get("secret/default/a")?.digest, "1");
    assert.equal(built.secrets.get("secret/default/b")?.digest, "2");
  });

  it("that never was accepted takes its own listener along, and no other", () => {
    const built = hold(wanted, "Secret/default/a", { reason: "bad key" });
    assert.deepEqual(built.ports, [wanted.ports[1]]);
    assert.deepEqual([...built.secrets.keys()], ["secret/default/b"]);
  });

  it("that never was accepted leaves a listener that has another", () => {
    const both = gatewayOf([https("a", ["a", "b"])], [secret("a"), secret("b")]);
    const [port] = hold(both, "Secret/default/a", { reason: "bad key" }).ports;
    assert.deepEqual(port?.protocol === "HTTPS" && port.tls.certificates, ["secret/default/b"]);
  });
});

describe("a held Gateway", () => {
  it("meets its clients as it was accepted, on the listeners that it had", () => {
    const last = gatewayOf([https("a", ["a"], "1.2")], [secret("a")]);
    const wanted = gatewayOf([https("a", ["b"], "1.0"), https("new", ["b"])], [secret("b")]);
    const built = hold(wanted, "Gateway/default/gw", { reason: "no such suite", last });
    assert.deepEqual(built.ports, last.ports);
    assert.deepEqual([...built.secrets.keys()], ["secret/default/a"]);
  });
});

describe("what changed between two Gateways", () => {
  it("is the Secret whose content did, or the Gateway whose options did", () => {
    const one = gatewayOf([https("a", ["a"])], [secret("a")]);
    assert.deepEqual(changedOrigins(one, gatewayOf([https("a", ["a"])], [secret("a", "2")])), ["Secret/default/a"]);
    assert.deepEqual(changedOrigins(one, gatewayOf([https("a", ["a"], "1.0")], [secret("a")])), ["Gateway/default/gw"]);
  });
});
