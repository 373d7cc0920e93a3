import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type HeldMemories, openMemories, sealMemories } from "../../../src/app/held-memories.ts";
import { Sealed } from "../../../src/lib/sealed.ts";
import { makeGateway, makeOrigin } from "../../helpers/make-ir.ts";

describe("what is held", () => {
  it("passes from thread to thread with its keys, which nothing shows on either side", () => {
    const key = "secret/default/a";
    const secret = {
      ...{ key, origin: makeOrigin("Secret", "a"), digest: "1", chain: "chain", notBeforeMs: 0, notAfterMs: 0 },
      privateKey: new Sealed("canary"),
    };
    const gateway = { ...makeGateway([], []), secrets: new Map([[key, secret]]) };
    const culprits = new Map([
      ["Secret/default/a", { reason: "no", last: gateway }],
      ["HTTPRoute/default/r", { reason: "nor that" }],
    ]);
    const memories: HeldMemories = new Map([["default/gw", { gateway, culprits }]]);

    const arrived = sealMemories(structuredClone(openMemories(memories)));
    const memory = arrived.get("default/gw");
    assert.equal(memory?.gateway.secrets.get(key)?.privateKey.reveal(), "canary");
    assert.equal(memory?.culprits.get("Secret/default/a")?.last, memory?.gateway);
    assert.deepEqual(memory?.culprits.get("HTTPRoute/default/r"), { reason: "nor that" });
    assert.deepEqual(memory?.gateway.ports, gateway.ports);
    assert.doesNotMatch(JSON.stringify([...(memory?.gateway.secrets ?? [])]), /canary/);
  });
});
