import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { convertAddress } from "../../../src/model/backend-addresses.ts";
import type { BackendEndpoint } from "../../../src/resources/kinds/backend.ts";

const ip = (address: string): BackendEndpoint => ({ ip: { address, port: 80 } });
const fqdn = (hostname: string): BackendEndpoint => ({ fqdn: { hostname, port: 80 } });

const inCluster = (endpoint: BackendEndpoint) => convertAddress(endpoint, { mode: "kubernetes" });
const onLaptop = (endpoint: BackendEndpoint) => convertAddress(endpoint, { mode: "files" });

describe("an address of a Backend", () => {
  const own = [
    ...["127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254"],
    ...[
      "::1",
      "0:0::0:1",
      "::",
      "fe80::1",
      "febf::1",
      "::ffff:127.0.0.1",
      "::ffff:7f00:1",
      "::127.0.0.1",
      "::a9fe:a9fe",
    ],
  ];
  for (const address of own) {
    it(`is refused in a cluster and taken on a laptop: ${address}`, () => {
      const converted = inCluster(ip(address));
      assert.equal(converted.kind, "unusable");
      assert.equal(converted.reason, "InvalidAddress");
      assert.equal(onLaptop(ip(address)).kind, "usable");
    });
  }

  for (const address of [
    "10.0.0.1",
    "1.127.0.0",
    "169.253.0.1",
    "fd00::1",
    "fec0::1",
    "2001:db8::7f00:1",
    "::ffff:10.0.0.1",
  ]) {
    it(`is taken in a cluster: ${address}`, () => {
      assert.equal(inCluster(ip(address)).kind, "usable");
    });
  }

  for (const name of ["localhost", "localhost.", "jaeger", "a.localhost"]) {
    it(`is refused in a cluster and taken on a laptop: ${name}`, () => {
      assert.equal(inCluster(fqdn(name)).kind, "unusable");
      assert.equal(onLaptop(fqdn(name)).kind, "usable");
    });
  }

  it("is not a number in the place of a name", () => {
    assert.equal(onLaptop(fqdn("10.0.0.1")).kind, "unusable");
    assert.equal(onLaptop(fqdn("10.0.0.1.")).kind, "unusable");
  });

  it("is a socket only on a laptop, and one that the system can name", () => {
    const socket = (path: string): BackendEndpoint => ({ unix: { path } });
    assert.equal(onLaptop(socket("/run/a.sock")).kind, "usable");
    assert.equal(onLaptop(socket(`/${"a".repeat(107)}`)).kind, "unusable");
    assert.equal(onLaptop(socket(`/${"é".repeat(60)}`)).kind, "unusable");
    const refused = inCluster(socket("/run/a.sock"));
    assert.equal(refused.kind === "unusable" && refused.reason, "UnsupportedAddressType");
  });
});
