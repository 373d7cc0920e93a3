import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { KubeError } from "../../../src/kube/api.ts";
import { backOffMs, nextStep, type Phase } from "../../../src/kube/reflector-step.ts";

const most = () => 1;
const list: Phase = { kind: "list", failures: 0 };
const watch: Phase = { kind: "watch", resourceVersion: "5", failures: 0 };
const failed = (error: unknown, wasUseful = true) =>
  ({ kind: "watch-failed", error, resourceVersion: "9", wasUseful }) as const;

describe("nextStep()", () => {
  test("watches from where the list ended, and from where the watch ended", () => {
    assert.deepEqual(nextStep(list, { kind: "listed", resourceVersion: "5" }, most), { phase: watch, waitMs: 0 });
    const ended = { kind: "watched", resourceVersion: "9", wasUseful: true } as const;
    assert.deepEqual(nextStep(watch, ended, most), { phase: { ...watch, resourceVersion: "9" }, waitMs: 0 });
  });

  test("lists at once when the version is too old, and with back-off when that repeats", () => {
    const tooOld = new KubeError("too old", 410, "Expired");
    const first = nextStep(watch, failed(tooOld), most);
    assert.deepEqual(first, { phase: { kind: "list", failures: 1 }, waitMs: 0 });
    const listed = nextStep(first.phase, { kind: "listed", resourceVersion: "10" }, most);
    assert.deepEqual(nextStep(listed.phase, failed(tooOld, false), most), {
      phase: { kind: "list", failures: 2 },
      waitMs: 400,
    });
  });

  test("resumes when the server is away or busy, and lists when it refuses the version", () => {
    for (const error of [
      new Error("ECONNREFUSED"),
      new KubeError("busy", 429, "TooManyRequests"),
      new KubeError("", 503, ""),
    ])
      assert.deepEqual(nextStep(watch, failed(error), most).phase, {
        kind: "watch",
        resourceVersion: "9",
        failures: 1,
      });
    for (const status of [400, 403, 404, 504])
      assert.deepEqual(nextStep(watch, failed(new KubeError("", status, "")), most).phase, {
        kind: "list",
        failures: 1,
      });
  });

  test("waits as long as the server asks, a minute at most", () => {
    const asked = (ms: number) =>
      nextStep(list, { kind: "list-failed", error: new KubeError("", 429, "", ms) }, most).waitMs;
    assert.equal(asked(7000), 7000);
    assert.equal(asked(3_600_000), 60_000);
  });

  test("slows down where watches end at once without an event", () => {
    const ended = { kind: "watched", resourceVersion: "9", wasUseful: false } as const;
    const first = nextStep(watch, ended, most);
    const second = nextStep(first.phase, ended, most);
    assert.deepEqual([first.waitMs, second.waitMs], [200, 400]);
  });

  test("counts how often a kind that is not installed was asked for", () => {
    const first = nextStep(list, { kind: "absent" }, () => 0.5);
    assert.deepEqual(first, { phase: { kind: "absent", asks: 1 }, waitMs: 3000 });
    assert.deepEqual(nextStep(first.phase, { kind: "absent" }, most).phase, { kind: "absent", asks: 2 });
  });
});

describe("backOffMs()", () => {
  test("doubles up to 4 s, and spreads over its upper half", () => {
    assert.deepEqual(
      [0, 1, 2, 3, 10, 5000].map((failures) => backOffMs(failures, most)),
      [0, 200, 400, 800, 4000, 4000],
    );
    assert.equal(
      backOffMs(1, () => 0),
      100,
    );
  });
});
