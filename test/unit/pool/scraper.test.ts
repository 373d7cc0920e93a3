import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Scraper } from "../../../src/pool/scraper.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";
import { FakeScrapeClient } from "../../helpers/fake-scrape-client.ts";
import { poolSettings } from "../../helpers/make-pool.ts";

const { credential: _, ...where } = poolSettings.scrape;

function setUp(intervalMs = 1_000) {
  const clock = new FakeClock();
  const client = new FakeScrapeClient(clock);
  const sentAt: number[] = [];
  const scraper = new Scraper({
    clock,
    client,
    random: () => 0.5,
    target: () => ({ ...where, ip: "10.0.0.1", port: 8000 }),
    onResult: (_, sentAtMs) => sentAt.push(sentAtMs),
    intervalMs: () => intervalMs,
  });
  return { clock, client, scraper, sentAt };
}

describe("Scraper", () => {
  test("scrapes again an interval after each answer, one at a time", () => {
    const { clock, client, scraper, sentAt } = setUp();
    client.latencyMs = 300;
    scraper.start();
    clock.advance(2_800);
    assert.deepEqual(sentAt, [0, 1_300]);
    clock.advance(1_000);
    assert.deepEqual(sentAt, [0, 1_300, 2_600]);
  });

  test("hurry() shortens a long pause to 50 ms and leaves a shorter one alone", () => {
    const { clock, client, scraper, sentAt } = setUp();
    client.latencyMs = 0;
    scraper.start();
    clock.advance(100);
    scraper.hurry();
    clock.advance(20);
    scraper.hurry();
    clock.advance(30);
    assert.deepEqual(sentAt, [0, 150]);
  });

  test("stop() cancels the scrape under way and starts no other", () => {
    const { clock, client, scraper, sentAt } = setUp();
    client.latencyMs = 10;
    scraper.start();
    scraper.stop();
    clock.advance(5_000);
    assert.deepEqual(sentAt, []);
    assert.equal(clock.pendingTimers, 0);
  });
});
