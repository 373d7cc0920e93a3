import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouteConfiguration } from "../../../src/gen/envoy/config/route/v3/route.ts";
import { VirtualHost } from "../../../src/gen/envoy/config/route/v3/route_components.ts";
import { duration, sortedByName } from "../../../src/xds/build/any.ts";
import { concatenate, frame } from "../../../src/xds/build/concatenate.ts";
import { literalFormat } from "../../../src/xds/build/header-mutation.ts";
import { routeMatch } from "../../../src/xds/build/match.ts";

describe("framed elements", () => {
  for (const length of [0, 1, 127, 128, 20_000, 3_000_000]) {
    it(`of ${length} bytes and more decode as the message that has them`, () => {
      const hosts = [{ name: "x".repeat(length) }, { name: "second" }];
      const framed = hosts.map((host) => frame(2, VirtualHost.encode(host).finish()));
      const whole = RouteConfiguration.encode({ name: "r", virtualHosts: hosts }).finish();
      const pieces = concatenate([RouteConfiguration.encode({ name: "r" }).finish(), ...framed]);
      assert.deepEqual(Buffer.from(pieces), Buffer.from(whole));
    });
  }
});

describe("a duration", () => {
  for (const [ms, seconds, nanos] of [
    [0, 0, 0],
    [1, 0, 1_000_000],
    [2500, 2, 500_000_000],
    [86_400_000, 86_400, 0],
  ] as const) {
    it(`of ${ms} ms is ${seconds} s and ${nanos} ns`, () => assert.deepEqual(duration(ms), { seconds, nanos }));
  }
});

describe("a map", () => {
  it("has one order whatever order it was made in", () => {
    const any = { typeUrl: "", value: Buffer.alloc(0) };
    assert.deepEqual(Object.keys(sortedByName({ b: any, a: any })), ["a", "b"]);
  });
});

describe("text in a format", () => {
  it("has no commands", () => assert.equal(literalFormat("100% %REQ(x)%"), "100%% %%REQ(x)%%"));
});

describe("a path match", () => {
  const pathOf = (type: "exact" | "prefix" | "regex", value: string) =>
    routeMatch({ path: { type, value }, headers: [], query: [] }).pathSpecifier;

  it("by prefix ends at a segment, and takes no trailing slash", () => {
    assert.deepEqual(pathOf("prefix", "/v1/"), { $case: "pathSeparatedPrefix", value: "/v1" });
    assert.deepEqual(pathOf("prefix", "/"), { $case: "prefix", value: "/" });
  });

  it("may be exact or a regular expression", () => {
    assert.deepEqual(pathOf("exact", "/v1/"), { $case: "path", value: "/v1/" });
    assert.deepEqual(pathOf("regex", "/v[12]"), { $case: "safeRegex", value: { regex: "/v[12]" } });
  });
});
