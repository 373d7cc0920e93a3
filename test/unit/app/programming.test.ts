import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { programmingOf } from "../../../src/app/control/programming.ts";
import { Sealed } from "../../../src/lib/sealed.ts";
import type { SecretIr } from "../../../src/model/ir.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { makeGateway, makeOrigin } from "../../helpers/make-ir.ts";

const dayMs = 86_400_000;

function secretOf(name: string, notBeforeMs: number, notAfterMs: number): SecretIr {
  return {
    ...{ key: `secret/default/${name}`, origin: makeOrigin("Secret", name), digest: name, chain: "chain" },
    ...{ privateKey: new Sealed("key"), notBeforeMs, notAfterMs },
  };
}

function expiriesAt(clock: FakeClock, ...secrets: readonly SecretIr[]) {
  const gateway = { ...makeGateway([], []), secrets: new Map(secrets.map((secret) => [secret.key, secret])) };
  const { expiries } = programmingOf({
    publisher: { gateway, sequence: 1, publishedAtMs: 0, acknowledgedGeneration: 1, held: new Map() },
    ...{ proxies: [], addresses: [], nowMs: clock.monotonicMs(), wallMs: clock.wallMs() },
  });
  return [...(expiries ?? [])].map(([key, { state }]) => `${key} ${state}`);
}

describe("what a Gateway's certificates are said to be", () => {
  it("is nothing until a week before the end, then soon, then expired", () => {
    const clock = new FakeClock();
    const start = clock.wallMs();
    const secret = secretOf("web", start - dayMs, start + 90 * dayMs);
    assert.deepEqual(expiriesAt(clock, secret), []);
    clock.advance(83 * dayMs - 1);
    assert.deepEqual(expiriesAt(clock, secret), []);
    clock.advance(1);
    assert.deepEqual(expiriesAt(clock, secret), ["Secret/default/web soon"]);
    clock.advance(7 * dayMs);
    assert.deepEqual(expiriesAt(clock, secret), ["Secret/default/web expired"]);
  });

  it("is soon in the last tenth of a short life only", () => {
    const clock = new FakeClock();
    const start = clock.wallMs();
    const secret = secretOf("short", start, start + dayMs);
    clock.advance(0.9 * dayMs - 1);
    assert.deepEqual(expiriesAt(clock, secret), []);
    clock.advance(1);
    assert.deepEqual(expiriesAt(clock, secret), ["Secret/default/short soon"]);
  });
});
