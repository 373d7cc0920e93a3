import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LearnedTokens } from "../../../src/pool/learned-output.ts";
import type { Lease } from "../../../src/pool/ledger-lease.ts";
import { makeCharge, makeReading, makeServer } from "../../helpers/make-ask.ts";

const asked = { model: "m", bytes: 4_000, answers: 1 };

function lease(change: Partial<Lease> = {}): Lease {
  return { ...makeCharge("p"), address: "10.0.0.1:8000", chargedAtMs: 0, startedAtToken: 0, ...change };
}

describe("expected tokens", () => {
  test("are four bytes a token for the prompt, and 512 for an answer without limit, until something is learned", () => {
    assert.deepEqual(new LearnedTokens().expect(asked), { promptTokens: 1_000, outputTokens: 512 });
  });

  test("are the limit where one is asked for, for each answer", () => {
    const expected = new LearnedTokens().expect({ ...asked, outputLimit: 2_000, answers: 3 });
    assert.deepEqual(expected, { promptTokens: 1_000, outputTokens: 6_000, outputLimit: 6_000 });
  });

  test("are at most the mean learned for the model", () => {
    const learned = new LearnedTokens();
    for (const completionTokens of [100, 300]) learned.ended(lease(), makeServer(), { completionTokens }, 0);
    assert.equal(learned.expect({ ...asked, outputLimit: 2_000 }).outputTokens, 200);
    assert.equal(learned.expect({ ...asked, outputLimit: 50 }).outputTokens, 50);
    assert.equal(learned.expect(asked).outputTokens, 200);
    assert.equal(learned.expect({ ...asked, model: "other" }).outputTokens, 512);
  });

  test("learn an answer's length from the server's counters where the answer does not tell", () => {
    const learned = new LearnedTokens();
    const server = makeServer(1, makeReading({ running: 2, generationTokensTotal: 0 }));
    server.read(makeReading({ running: 2, generationTokensTotal: 80 }), 1_000);
    learned.ended(lease(), server, {}, 1_000);
    assert.equal(learned.expect(asked).outputTokens, 40);
  });

  test("learn the size of a token from usage", () => {
    const learned = new LearnedTokens();
    learned.ended(lease({ promptBytes: 4_000 }), makeServer(), { promptTokens: 800 }, 0);
    assert.equal(learned.expect(asked).promptTokens, 800);
  });

  test("learn the size of a token from the server's prompt counter", () => {
    const learned = new LearnedTokens();
    const server = makeServer(1, makeReading({ promptTokensTotal: 0 }));
    learned.calibrate(server);
    for (let i = 0; i < 16; i++) {
      server.add(lease({ id: `p${i}`, promptBytes: 4_000, startedAtToken: undefined, chargedAtMs: i }));
    }
    server.read(makeReading({ running: 16, promptTokensTotal: 16 * 500 }), 1_000);
    learned.calibrate(server);
    assert.equal(learned.expect(asked).promptTokens, 500);
  });

  test("take the usual prompt for one of unknown size", () => {
    const learned = new LearnedTokens();
    learned.ended(lease({ promptBytes: 8_000 }), makeServer(), {}, 0);
    assert.equal(learned.expect({ ...asked, bytes: 0 }).promptTokens, 2_000);
  });

  test("forget names of models when there are too many", () => {
    const learned = new LearnedTokens();
    for (let i = 0; i <= 1_000; i++) learned.ended(lease({ model: `m${i}` }), makeServer(), { completionTokens: 7 }, 0);
    assert.equal(learned.expect({ ...asked, model: "m0" }).outputTokens, 512);
    assert.equal(learned.expect({ ...asked, model: "m1000" }).outputTokens, 7);
  });
});
