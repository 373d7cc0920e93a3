import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { refuseStranger } from "../../../src/admin/host-guard.ts";

const refuse = (host: string | undefined, origin?: string): boolean => refuseStranger({ host, origin }) !== undefined;

describe("refuseStranger", () => {
  it("answers for addresses and localhost, with and without a port", () => {
    for (const host of [
      "127.0.0.1:19000",
      "localhost",
      "LOCALHOST:80",
      "ante.localhost:1",
      "[::1]:19000",
      "10.1.2.3",
    ]) {
      assert.equal(refuse(host), false, host);
    }
  });

  it("refuses names, which a stranger's DNS may point at us", () => {
    for (const host of [
      undefined,
      "",
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "a@127.0.0.1",
      "127.0.0.1/x",
    ]) {
      assert.equal(refuse(host), true, String(host));
    }
  });

  it("refuses pages of another origin", () => {
    assert.equal(refuse("localhost:19000", "http://localhost:19000"), false);
    for (const origin of ["null", "http://localhost:3000", "https://evil.example"]) {
      assert.equal(refuse("localhost:19000", origin), true, origin);
    }
  });
});
