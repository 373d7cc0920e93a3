import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  atTime,
  type Health,
  mayBeSent,
  requestAnswered,
  requestFailed,
  requestSent,
  scrapeAnswered,
  scrapeRefused,
  trialVoid,
  unread,
} from "../../../src/pool/health.ts";

const times = (count: number, change: (health: Health) => Health, from: Health): Health =>
  Array.from({ length: count }).reduce<Health>((health) => change(health), from);
const healthy = scrapeAnswered(unread);
const failing = times(5, (health) => requestFailed(health, "p", 0), healthy);

describe("health of a server", () => {
  test("gets nothing before a scrape was answered, whatever else happens", () => {
    assert.ok(!mayBeSent(unread));
    assert.ok(!mayBeSent(times(10, scrapeRefused, unread)));
    assert.ok(!mayBeSent(requestAnswered(unread)));
    assert.ok(mayBeSent(healthy));
  });

  test("three refused scrapes in a row take it out, the next answered one brings it back", () => {
    assert.ok(mayBeSent(times(2, scrapeRefused, healthy)));
    const out = times(3, scrapeRefused, healthy);
    assert.equal(out.kind, "unreachable");
    assert.ok(mayBeSent(scrapeAnswered(out)));
  });

  test("an answered scrape between refused ones starts the count again", () => {
    assert.ok(mayBeSent(times(2, scrapeRefused, scrapeAnswered(times(2, scrapeRefused, healthy)))));
  });

  test("five failed requests in a row take it out for a second, and answered scrapes do not shorten that", () => {
    assert.ok(mayBeSent(times(4, (health) => requestFailed(health, "p", 0), healthy)));
    assert.equal(failing.kind, "failing");
    assert.ok(!mayBeSent(atTime(scrapeAnswered(failing), 999)));
    assert.ok(mayBeSent(atTime(failing, 1_000)));
  });

  test("an answered request between failed ones starts the count again", () => {
    const four = times(4, (health) => requestFailed(health, "p", 0), healthy);
    assert.ok(mayBeSent(times(4, (health) => requestFailed(health, "p", 0), requestAnswered(four))));
  });

  test("on trial it gets one request at a time; an answer heals it", () => {
    const tried = requestSent(atTime(failing, 1_000), "trial");
    assert.ok(!mayBeSent(tried));
    assert.deepEqual(requestAnswered(tried), healthy);
  });

  test("a failed trial doubles the back-off, up to 30 s", () => {
    let health: Health = failing;
    let nowMs = 0;
    const waits: number[] = [];
    for (let round = 0; round < 8; round++) {
      assert.ok(health.kind === "failing");
      waits.push(health.untilMs - nowMs);
      nowMs = health.untilMs;
      health = requestFailed(requestSent(atTime(health, nowMs), "trial"), "trial", nowMs);
    }
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test("only the trial itself decides: late failures of older requests do not", () => {
    const tried = requestSent(atTime(failing, 1_000), "trial");
    assert.equal(requestFailed(tried, "older", 1_500), tried);
  });

  test("a trial that says nothing makes place for the next", () => {
    const tried = requestSent(atTime(failing, 1_000), "trial");
    assert.ok(mayBeSent(trialVoid(tried, "trial")));
    assert.ok(!mayBeSent(trialVoid(tried, "other")));
  });
});
