import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClustersInUse } from "../../../src/picker/clusters-in-use.ts";
import { readIdentity } from "../../../src/picker/ext-proc/attributes.ts";
import { refusalOf } from "../../../src/picker/ext-proc/refusals.ts";
import { LabelLimit } from "../../../src/picker/label-limit.ts";
import { ParkedRequests } from "../../../src/picker/parked-requests.ts";
import { createUniqueIds } from "../../../src/picker/unique-ids.ts";
import { FakeClock } from "../../helpers/fake-clock.ts";

describe("ParkedRequests", () => {
  test("lets all of a pool go when it is known, each once", () => {
    const clock = new FakeClock();
    const parked = new ParkedRequests(clock);
    const told: string[] = [];
    parked.park("a", (known) => told.push(`a1 ${known}`));
    parked.park("a", (known) => told.push(`a2 ${known}`));
    parked.park("b", (known) => told.push(`b ${known}`));
    parked.release("a");
    parked.release("a");
    clock.advance(15_000);
    assert.deepEqual(told, ["a1 true", "a2 true", "b false"]);
  });

  test("forgets those that leave, and their timers", () => {
    const clock = new FakeClock();
    const parked = new ParkedRequests(clock);
    parked.park("a", () => assert.fail("was let go"))();
    parked.release("a");
    parked.giveUp();
    assert.equal(clock.pendingTimers, 0);
  });
});

describe("ClustersInUse", () => {
  test("tells when a cluster is named first and last only", () => {
    let changes = 0;
    const clusters = new ClustersInUse(() => changes++);
    clusters.add("a");
    clusters.add("a");
    clusters.remove("a");
    assert.deepEqual(clusters.counts, { a: 1 });
    assert.equal(changes, 1);
    clusters.remove("a");
    clusters.remove("a");
    assert.deepEqual(clusters.counts, {});
    assert.equal(changes, 2);
  });
});

describe("LabelLimit", () => {
  test("keeps the first names and calls later ones other", () => {
    const limit = new LabelLimit(2);
    assert.deepEqual(
      ["a", "b", "c", "a", "c"].map((name) => limit.of(name)),
      ["a", "b", "other", "a", "other"],
    );
  });
});

describe("createUniqueIds()", () => {
  test("differs within a life and between lives", () => {
    const lives = [0.1, 0.2].map((seed) => createUniqueIds(() => seed));
    const ids = lives.flatMap((next) => [next(), next()]);
    assert.equal(new Set(ids).size, 4);
    for (const id of ids) assert.match(id, /^[\w-]+$/);
  });
});

describe("refusalOf()", () => {
  test("tells when to come again from how fast the queue moves", () => {
    assert.equal(refusalOf("queue-full", () => 42).retryAfterS, 42);
    assert.equal(refusalOf("shutting-down", () => 42).retryAfterS, 1);
  });

  test("maps each reason to the field's status and drop reason", () => {
    const told = (
      ["queue-full", "saturated", "displaced", "no-endpoints", "ttl-expired", "shutting-down"] as const
    ).map((reason) => {
      const { status, dropReason } = refusalOf(reason, () => 1);
      return `${reason} ${status} ${dropReason}`;
    });
    assert.deepEqual(told, [
      "queue-full 429 rejected-saturated",
      "saturated 429 rejected-saturated",
      "displaced 429 evicted-priority",
      "no-endpoints 503 rejected-no-endpoints",
      "ttl-expired 503 rejected-ttl-expired",
      "shutting-down 503 rejected-shutting-down",
    ]);
  });
});

describe("readIdentity()", () => {
  test("reads times with and without fractions, and none from nonsense", () => {
    const time = (value: unknown) => readIdentity({ filter: { "request.id": "r", "request.time": value } }).timeMs;
    const whole = Date.UTC(2024, 4, 1, 12);
    assert.equal(time("2024-05-01T12:00:00Z"), whole);
    assert.equal(time("2024-05-01T12:00:00.123456789Z"), whole + 123.456789);
    assert.equal(time("2024-05-01T14:00:00.5+02:00"), whole + 500);
    for (const nonsense of ["yesterday", 5, undefined, {}]) assert.equal(time(nonsense), undefined);
    assert.deepEqual(readIdentity(undefined), { id: "" });
  });
});
