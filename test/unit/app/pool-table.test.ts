import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EndpointProgramming } from "../../../src/app/control/endpoint-programming.ts";
import { poolEntries, samePoolEntries } from "../../../src/app/control/pool-table.ts";
import { Sealed } from "../../../src/lib/sealed.ts";
import { makePool } from "../../helpers/make-pool.ts";

const pool = makePool("p");
const entries = (credential?: string) =>
  poolEntries({
    ir: new Map(),
    pools: [pool],
    scrapeCredentials: new Map(credential === undefined ? [] : [[pool.key, new Sealed(credential)]]),
    endpoints: new Map(),
    programming: new EndpointProgramming(1_000),
    acked: new Map(),
    nowMs: 0,
  });

describe("the pool table", () => {
  it("carries the scrapes' credential in plain, since it crosses threads", () => {
    assert.equal(structuredClone(entries("token"))[0]?.scrapeCredential, "token");
    assert.ok(!("scrapeCredential" in (entries()[0] ?? {})));
  });

  it("is another one when the credential is, and only then", () => {
    assert.ok(samePoolEntries(entries("token"), entries("token")));
    assert.ok(!samePoolEntries(entries("token"), entries("other")));
    assert.ok(!samePoolEntries(entries("token"), entries()));
  });
});
