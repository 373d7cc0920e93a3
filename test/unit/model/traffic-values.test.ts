import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mergedPolicy } from "../../../src/model/policy-merge.ts";
import { parseCidr } from "../../../src/model/traffic/cidr.ts";
import { isPrime } from "../../../src/model/traffic/prime.ts";
import type { BackendTrafficPolicy } from "../../../src/resources/kinds/backend-traffic-policy.ts";
import { quantityValue } from "../../../src/resources/quantity.ts";
import { trafficPolicy } from "../../helpers/manifests.ts";
import { admitted } from "../../helpers/resources-from-yaml.ts";

describe("a quantity", () => {
  for (const [written, value] of [
    [5, 5],
    ["5", 5],
    ["64Ki", 65_536],
    ["1.5M", 1_500_000],
    ["1e3", 1000],
    ["2E", 2e18],
    ["100m", 0.1],
    ["-1", -1],
  ] as const) {
    it(`${JSON.stringify(written)} is ${value}`, () => assert.equal(quantityValue(written), value));
  }
});

describe("a block of addresses", () => {
  it("is an address with the bits that count, which are all where none are said", () => {
    assert.deepEqual(parseCidr("10.0.0.0/8"), { prefix: "10.0.0.0", bits: 8 });
    assert.deepEqual(parseCidr("10.1.2.3"), { prefix: "10.1.2.3", bits: 32 });
    assert.deepEqual(parseCidr("fd00::/64"), { prefix: "fd00::", bits: 64 });
    assert.deepEqual(parseCidr("::1"), { prefix: "::1", bits: 128 });
  });

  for (const bad of ["", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.0/8/8", "10.0.0.0/x", "10.0.0.0/"]) {
    it(`is not ${JSON.stringify(bad)}`, () => assert.equal(parseCidr(bad), undefined));
  }
});

describe("a prime", () => {
  it("is told from other numbers", () => {
    const below50 = Array.from({ length: 50 }, (_, value) => value).filter(isPrime);
    assert.deepEqual(below50, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47]);
    assert.deepEqual([65_537, 65_536, 65_539 * 3, -7].map(isPrime), [true, false, false, false]);
  });
});

describe("a merged policy", () => {
  const policy = (name: string, spec: Readonly<Record<string, unknown>>): BackendTrafficPolicy =>
    admitted(trafficPolicy(name, { kind: "HTTPRoute", name: "r" }, spec)) as BackendTrafficPolicy;
  const parent = policy("parent", {
    timeout: { http: { requestTimeout: "1s", streamIdleTimeout: "2s" } },
    responseOverride: [{ match: { statusCodes: [{ value: 500 }] }, response: { statusCode: 200 } }],
    httpUpgrade: [{ type: "websocket" }, { type: "CONNECT" }],
  });

  it("is the same object for the same pair", () => {
    const child = policy("child", { mergeType: "JSONMerge" });
    assert.equal(mergedPolicy(child, parent), mergedPolicy(child, parent));
    assert.notEqual(mergedPolicy(child, parent), mergedPolicy(child, policy("other", {})));
  });

  it("has the child's name and targets, and fields of both", () => {
    const child = policy("child", { mergeType: "JSONMerge", timeout: { http: { requestTimeout: "9s" } } });
    const { metadata, spec } = mergedPolicy(child, parent);
    assert.equal(metadata.name, "child");
    assert.deepEqual(spec.targetRef, child.spec.targetRef);
    assert.deepEqual(spec.timeout?.http, { requestTimeout: "9s", streamIdleTimeout: "2s" });
    assert.deepEqual(spec.responseOverride, parent.spec.responseOverride);
  });

  const upgrade = { httpUpgrade: [{ type: "CONNECT", connect: { terminate: true } }, { type: "spdy/3.1" }] };

  it("replaces lists with JSONMerge", () => {
    const child = policy("child", { mergeType: "JSONMerge", ...upgrade });
    assert.deepEqual(mergedPolicy(child, parent).spec.httpUpgrade, upgrade.httpUpgrade);
  });

  it("merges typed lists by type with StrategicMerge", () => {
    const child = policy("child", { mergeType: "StrategicMerge", ...upgrade });
    assert.deepEqual(mergedPolicy(child, parent).spec.httpUpgrade, [
      { type: "websocket" },
      { type: "CONNECT", connect: { terminate: true } },
      { type: "spdy/3.1" },
    ]);
  });

  it("takes an inherited list away where its own is empty", () => {
    const child = policy("child", { mergeType: "StrategicMerge", httpUpgrade: [] });
    assert.deepEqual(mergedPolicy(child, parent).spec.httpUpgrade, []);
  });
});
