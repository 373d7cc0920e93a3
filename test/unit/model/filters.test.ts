import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { convertCors } from "../../../src/model/cors.ts";
import { incompatibilities } from "../../../src/model/filters.ts";
import { convertPath } from "../../../src/model/path-modifier.ts";
import { redirectTo } from "../../../src/model/redirect.ts";

const redirect = { type: "RequestRedirect", requestRedirect: { statusCode: 302 } } as const;
const rewrite = { type: "URLRewrite", urlRewrite: {} } as const;
const mirror = {
  type: "RequestMirror",
  requestMirror: { backendRef: { group: "", kind: "Service", name: "copy", port: 80 } },
} as const;
const cors = { type: "CORS", cors: { maxAge: 5 } } as const;

describe("a redirect", () => {
  const others = (filters: Parameters<typeof incompatibilities>[0], hasBackends: boolean): readonly string[] =>
    incompatibilities(filters, hasBackends, "filters").map(({ reason, message }) => {
      assert.equal(reason, "IncompatibleFilters");
      return message.split("combined with ")[1] ?? "";
    });

  it("goes with no rewrite, no mirror and no backends, each of which is named", () => {
    assert.deepEqual(others([redirect, rewrite, mirror], true), [
      "a URLRewrite filter",
      "a RequestMirror filter",
      "backendRefs",
    ]);
  });

  it("goes with all else, and all else goes with anything", () => {
    assert.deepEqual(others([redirect, cors], false), []);
    assert.deepEqual(others([rewrite, mirror, cors], true), []);
    assert.deepEqual(others(undefined, true), []);
  });

  const arrival = { scheme: "https", port: 8443 } as const;
  for (const [given, scheme, port] of [
    [{}, "https", 8443],
    [{ port: 81 }, "https", 81],
    [{ scheme: "http" }, "http", 80],
    [{ scheme: "https" }, "https", 443],
    [{ scheme: "http", port: 81 }, "http", 81],
  ] as const) {
    it(`with ${JSON.stringify(given)} on an HTTPS listener at 8443 leads to ${scheme} at ${port}`, () => {
      const to = redirectTo({ statusCode: 302, ...given }, undefined, arrival);
      assert.deepEqual([to.scheme, to.port], [scheme, port]);
    });
  }
});

describe("a path", () => {
  it("is absolute whatever the filter says, so that no redirect leads to another host", () => {
    const full = (replaceFullPath: string) => convertPath({ type: "ReplaceFullPath", replaceFullPath }, "/");
    assert.deepEqual(full(""), { kind: "full", value: "/" });
    assert.deepEqual(full(".evil.example"), { kind: "full", value: "/.evil.example" });
    assert.deepEqual(convertPath({ type: "ReplacePrefixMatch", replacePrefixMatch: "b/" }, "/a/"), {
      kind: "prefix",
      prefix: "/a",
      value: "/b",
    });
  });
});

describe("origins", () => {
  const originsOf = (...allowOrigins: string[]) => convertCors({ maxAge: 5, allowOrigins }).origins;

  it("are as browsers write them: lower case, without the scheme's own port", () => {
    assert.deepEqual(originsOf("https://A.example:443", "http://a.example:80", "http://a.example:443"), [
      "https://a.example",
      "http://a.example",
      "http://a.example:443",
    ]);
  });

  it("are there once", () => {
    assert.deepEqual(originsOf("https://a.example", "https://A.example:443"), ["https://a.example"]);
  });
});
