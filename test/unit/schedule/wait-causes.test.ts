import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WaitCauses, waitedBetween } from "../../../src/picker/schedule/wait-causes.ts";

describe("WaitCauses", () => {
  test("splits a wait by what held up the front of the queue", () => {
    const causes = new WaitCauses();
    causes.blocked("no-ready-server", 0);
    const arrival = causes.totals(100);
    causes.blocked("no-ready-server", 150);
    causes.blocked("no-room", 300);
    causes.moving(1_000);
    causes.blocked("held-back", 1_000);
    causes.moving(1_250);
    assert.deepEqual(waitedBetween(arrival, causes.totals(9_000)), {
      "no-ready-server": 200,
      "no-room": 700,
      "held-back": 250,
    });
  });

  test("counts nothing while the queue moves", () => {
    const causes = new WaitCauses();
    causes.moving(10);
    assert.deepEqual(waitedBetween(causes.totals(20), causes.totals(500)), {
      "no-ready-server": 0,
      "no-room": 0,
      "held-back": 0,
    });
  });
});
