import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PrefixAffinity } from "../../../src/picker/schedule/prefix/affinity.ts";
import { prefixChain } from "../../../src/picker/schedule/prefix/chain.ts";
import { rank } from "../../../src/picker/schedule/score.ts";
import { SessionAffinity, sessionKey } from "../../../src/picker/schedule/session-affinity.ts";
import { makeReading, makeServer } from "../../helpers/make-ask.ts";
import { poolSettings } from "../../helpers/make-pool.ts";

const on = { ...poolSettings.prefix, enabled: true };
const names = { model: "m", target: "m" };
const prompt = Buffer.from("x".repeat(64) + "y".repeat(64) + "z".repeat(64));

describe("prefix affinity", () => {
  it("asks for no hashes where it is off", () => {
    assert.equal(new PrefixAffinity(poolSettings.prefix).hashing([makeServer()]), undefined);
  });

  it("takes blocks of the server's size, of the setting, or of 64 bytes", () => {
    const of = (blockBytes: number, server = makeServer(1, makeReading({ cache: { blockSize: 32, blocks: 9 } }))) =>
      new PrefixAffinity({ ...on, blockBytes }).hashing([server])?.blockBytes;
    assert.equal(of(0), 128);
    assert.equal(of(100), 100);
    const { cache: _, ...silent } = makeReading();
    assert.equal(of(0, makeServer(1, silent)), 64);
  });

  it("is the share of the prompt that the server was sent before", () => {
    const affinity = new PrefixAffinity(on);
    const [one, other] = [makeServer(1), makeServer(2)];
    const hashing = affinity.hashing([one, other]) ?? assert.fail();
    affinity.placed(one, prefixChain(prompt.subarray(0, 130), names, hashing));
    assert.equal(affinity.share(one, prefixChain(prompt, names, hashing)), 2 / 3);
    assert.equal(affinity.share(other, prefixChain(prompt, names, hashing)), 0);
    assert.equal(affinity.share(one, prefixChain(Buffer.from("short"), names, hashing)), 0);
  });

  it("remembers no more than the server's cache holds", () => {
    const affinity = new PrefixAffinity(on);
    const server = makeServer(1, makeReading({ cache: { blockSize: 16, blocks: 2 } }));
    const chain = prefixChain(prompt, names, affinity.hashing([server]) ?? assert.fail());
    affinity.placed(server, chain);
    assert.equal(affinity.share(server, chain), 2 / 3);
  });

  it("forgets a server that was started anew, and all when it is switched off", () => {
    const affinity = new PrefixAffinity(on);
    const server = makeServer(1, makeReading({ generationTokensTotal: 100 }));
    const chain = prefixChain(prompt, names, affinity.hashing([server]) ?? assert.fail());
    affinity.placed(server, chain);
    assert.equal(affinity.share(server, chain), 1);
    server.read(makeReading({ generationTokensTotal: 3 }), 1);
    assert.equal(affinity.share(server, chain), 0);
    affinity.placed(server, chain);
    assert.equal(affinity.share(server, chain), 1);
    affinity.configure(poolSettings.prefix);
    assert.equal(affinity.share(server, chain), 0);
  });
});

describe("session affinity", () => {
  it("prefers the server that served the session last, and no other session", () => {
    const sessions = new SessionAffinity();
    const [one, other] = [makeServer(1), makeServer(2)];
    sessions.placed(one, sessionKey("a"));
    sessions.placed(other, sessionKey("a"));
    assert.equal(sessions.isLast(one, sessionKey("a")), false);
    assert.equal(sessions.isLast(other, sessionKey("a")), true);
    assert.equal(sessions.isLast(other, sessionKey("b")), false);
  });
});

describe("a known prompt", () => {
  const weights = { ...poolSettings.weights, prefix: 100 };
  const knows = makeServer(1);
  const idle = makeServer(2);
  const best = (load: number): string | undefined =>
    rank(
      [
        { server: knows, load },
        { server: idle, load: 0.1 },
      ],
      "m",
      weights,
      () => 0.5,
      { prefix: (server) => (server === knows ? 1 : 0) },
    )[0]?.server.address;

  it("counts on a server that is little more loaded than the others", () => {
    assert.equal(best(0.35), knows.address);
  });

  it("counts nothing on one that is much more loaded, whatever its weight", () => {
    assert.equal(best(0.45), idle.address);
  });
});
