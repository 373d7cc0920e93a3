import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { overlapsOf } from "../../../src/model/tls-overlap.ts";

const listener = (name: string, host: string, certificateNames: readonly string[], port = 443) => ({
  name,
  host,
  port,
  certificateNames,
});

type Listener = ReturnType<typeof listener>;

/** Reasons on both. */
function reasons(one: Listener, two: Listener): readonly (string | undefined)[] {
  return [one, two].map((each) => overlapsOf(each, [one, two])[0]?.reason);
}

describe("TLS of two listeners overlaps", () => {
  it("where one host covers the other", () => {
    const both = ["OverlappingHostnames", "OverlappingHostnames"];
    assert.deepEqual(reasons(listener("a", "*", []), listener("b", "b.test", ["b.test"])), both);
    assert.deepEqual(reasons(listener("a", "*.test", []), listener("b", "b.test", ["b.test"])), both);
  });

  it("where a certificate is valid for a host of the other", () => {
    const both = ["OverlappingCertificates", "OverlappingCertificates"];
    const shared = ["a.test", "b.test"];
    assert.deepEqual(reasons(listener("a", "a.test", shared), listener("b", "b.test", ["b.test"])), both);
    assert.deepEqual(reasons(listener("a", "a.test", ["*.test"]), listener("b", "b.test", ["b.test"])), both);
    assert.deepEqual(reasons(listener("a", "a.test", shared), listener("b", "*", [])), both);
    assert.deepEqual(reasons(listener("a", "a.test", ["a.test", "x.b.test"]), listener("b", "*.b.test", [])), both);
  });

  it("not elsewhere", () => {
    const none = [undefined, undefined];
    assert.deepEqual(reasons(listener("a", "a.test", ["a.test"]), listener("b", "b.test", ["b.test"])), none);
    assert.deepEqual(reasons(listener("a", "*.a.test", ["*.a.test"]), listener("b", "*.b.test", ["*.b.test"])), none);
    assert.deepEqual(reasons(listener("a", "*", ["a.test"]), listener("b", "b.test", ["b.test"], 8443)), none);
  });

  it("is not what a certificate does for its own listener's hosts", () => {
    const named = reasons(listener("a", "*", []), listener("b", "b.test", ["b.test"]));
    assert.ok(!named.includes("OverlappingCertificates"));
  });
});
