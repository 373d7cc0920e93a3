import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { coveringHosts, covers, hostOf, intersectHosts } from "../../../src/model/hostnames.ts";

describe("a hostname", () => {
  it("that is left out stands for any host", () => {
    assert.equal(hostOf(undefined), "*");
    assert.equal(hostOf(""), "*");
    assert.equal(hostOf("WWW.Example.com"), "www.example.com");
  });

  it("with a wildcard covers names of one label more, or several, but not the bare domain", () => {
    assert.equal(covers("*.example.com", "www.example.com"), true);
    assert.equal(covers("*.example.com", "a.b.example.com"), true);
    assert.equal(covers("*.example.com", "*.b.example.com"), true);
    assert.equal(covers("*.example.com", "example.com"), false);
    assert.equal(covers("*.example.com", "badexample.com"), false);
    assert.equal(covers("*.b.example.com", "*.example.com"), false);
    assert.equal(covers("*", "*.example.com"), true);
    assert.equal(covers("www.example.com", "*"), false);
  });

  it("is covered by itself, by wildcards of its domains, and by any host, closest first", () => {
    assert.deepEqual(coveringHosts("a.b.c"), ["a.b.c", "*.b.c", "*.c", "*"]);
    assert.deepEqual(coveringHosts("*.b.c"), ["*.b.c", "*.c", "*"]);
    assert.deepEqual(coveringHosts("*"), ["*"]);
  });
});

describe("the hosts of a route on a listener", () => {
  it("are the listener's where the route has none", () => {
    assert.deepEqual(intersectHosts("*.example.com", []), ["*.example.com"]);
  });

  it("are the narrower of each pair", () => {
    assert.deepEqual(intersectHosts("*.example.com", ["www.example.com", "*.com", "other.org"]), [
      "*.example.com",
      "www.example.com",
    ]);
    assert.deepEqual(intersectHosts("www.example.com", ["*.example.com", "*"]), ["www.example.com"]);
  });

  it("are none where they have nothing in common", () => {
    assert.deepEqual(intersectHosts("*.example.com", ["example.com"]), []);
  });
});
